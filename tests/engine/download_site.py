"""The servers of Pulumi's download on one loopback port, with a stand-in for what they hold.

Clients reach it as on the internet, by HTTPS and under the servers' names, but through a proxy that is the
server itself, and they trust its authority. Python, curl and Go obey the variables for both.
"""

import io
import ssl
import tarfile
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self

from dev.engine.part import COMMAND_VERSION, DOCKER_VERSION, PULUMI_VERSION
from harness.serving import serving
from tests.support.authorities import Shape, ca, issue, key_of, key_pem

TRUST = ("SSL_CERT_FILE", "CURL_CA_BUNDLE")
"""Variables that name the file of the authorities; curl prefers the second."""
SCRIPT = "get.pulumi.com/install.sh"
_NAME = f"pulumi-v{PULUMI_VERSION}-linux-x64.tar.gz"
GITHUB_RELEASE = f"github.com/pulumi/pulumi/releases/download/v{PULUMI_VERSION}/{_NAME}"
FALLBACK_RELEASE = f"get.pulumi.com/releases/sdk/{_NAME}"
PLUGINS = {
    name: f"github.com/pulumi/pulumi-{name}/releases/download/v{version}/"
    f"pulumi-resource-{name}-v{version}-linux-amd64.tar.gz"
    for name, version in {"docker": DOCKER_VERSION, "command": COMMAND_VERSION}.items()
}

# As Pulumi's own script: GitHub first, then get.pulumi.com, no checksum, and its last words hide the reason.
_INSTALL = f"""#!/bin/sh
set -e
trap '[ $? = 0 ] || echo "If you need help, please join us" >&2' EXIT
while [ $# -gt 0 ]; do
  case $1 in
    --no-edit-path) ;;
    --install-root) root=$2; shift ;;
    --version) version=$2; shift ;;
    *) exit 1 ;;
  esac
  shift
done
archive=$(mktemp)
curl --fail -L -o "$archive" "https://{GITHUB_RELEASE}" ||
  curl --fail -L -o "$archive" "https://{FALLBACK_RELEASE}"
folder=$(mktemp -d)
tar zxf "$archive" -C "$folder"
mkdir -p "$root"
cp -r "$folder/pulumi/." "$root/bin/"
rm -rf "$archive" "$folder"
"""

# The two commands of the CLI that the engine needs; a plugin is unpacked as the CLI does it.
_PULUMI = """#!/bin/sh
set -e
if [ "$1" = version ]; then echo "v%s"; exit 0; fi
[ "$1 $2 $3 $6" = "plugin install resource --exact" ]
file=pulumi-resource-$4-v$5-linux-amd64.tar.gz
curl --fail --silent --show-error -o "$TMPDIR/$4" \
  "https://github.com/pulumi/pulumi-$4/releases/download/v$5/$file"
folder=$PULUMI_HOME/plugins/resource-$4-v$5
mkdir -p "$folder"
tar zxf "$TMPDIR/$4" -C "$folder"
"""
_EMPTY = "#!/bin/sh\n"


def archive(files: Mapping[str, str]) -> bytes:
    """A compressed tar archive of executable files."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(text), 0o755
            tar.addfile(member, io.BytesIO(text.encode()))
    return buffer.getvalue()


def release_archive(version: str = PULUMI_VERSION, without: str = "") -> bytes:
    """A release's archive, of a version, without one of its files."""
    files = {
        "pulumi": _PULUMI % version,
        "pulumi-language-python": _EMPTY,
        "pulumi-language-python-exec": _EMPTY,
        "pulumi-resource-pulumi-python": _EMPTY,
    }
    return archive({f"pulumi/{name}": text for name, text in files.items() if name != without})


class DownloadSite(ThreadingHTTPServer):
    """The servers, while the context lasts.

    Attributes:
        files: what they hold, by host and path.
        cut: of those, the ones whose connection breaks half-way.
        held: of those, the ones that are not sent before the context ends.
        requests: host and path of every request, in order.
    """

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files = {SCRIPT: _INSTALL.encode(), GITHUB_RELEASE: release_archive(), FALLBACK_RELEASE: b""}
        self.files[FALLBACK_RELEASE] = self.files[GITHUB_RELEASE]
        for name, path in PLUGINS.items():
            self.files[path] = archive({f"pulumi-resource-{name}": _EMPTY})
        self.cut: set[str] = set()
        self.held: set[str] = set()
        self.requests: list[str] = []
        self.ended = threading.Event()
        self._authority = folder / "authority.pem"
        self._authority.write_text(issue(ca("Download Authority")))
        hosts = ("get.pulumi.com", "github.com", "api.github.com")
        certificate = issue(Shape("download", "Download Authority", hosts=hosts))
        chain = folder / "chain.pem"
        chain.write_text(certificate + key_pem(key_of("download")))
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(chain)

    @property
    def variables(self) -> dict[str, str]:
        """For clients."""
        proxy = f"http://127.0.0.1:{self.server_address[1]}"
        trust = {name: str(self._authority) for name in TRUST}
        return {"https_proxy": proxy, "no_proxy": "", **trust}

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore clients that break off."""

    def __enter__(self) -> Self:
        self._served = serving(self)
        self._served.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.ended.set()
        self._served.__exit__(kind, error, trace)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: DownloadSite
    host = ""

    def do_CONNECT(self) -> None:
        self.host = self.path.rpartition(":")[0]
        self.send_response(200)
        self.end_headers()
        self.wfile.flush()
        self.connection = self.server.tls.wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb")
        self.close_connection = False

    def do_HEAD(self) -> None:
        self._answer(b"")

    def do_GET(self) -> None:
        path = f"{self.host}{self.path}"
        self.server.requests.append(path)
        if path in self.server.held:
            self.server.ended.wait()
        content = self.server.files.get(path, b"")
        self._answer(content[: len(content) // 2] if path in self.server.cut else content)
        self.close_connection |= path in self.server.cut

    def _answer(self, content: bytes) -> None:
        path = f"{self.host}{self.path}"
        size = len(self.server.files.get(path, b""))
        self.send_response(200 if path in self.server.files else 404)
        self.send_header("Content-Length", str(size))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Write nothing."""
