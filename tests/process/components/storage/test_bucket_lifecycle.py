"""The rule that aborts uploads which clients left, set at a stand-in for S3 that real curl talks to."""

import base64
import hashlib
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from components.remote.script_source import script_source
from harness.serving import serving

ARCHIVE = "<Rule><ID>archive</ID><Filter/><Status>Enabled</Status></Rule>"
RULE = (
    "<Rule><ID>softlayer-registry-uploads</ID><Filter><Prefix>docker/registry/v2/</Prefix></Filter>"
    "<Status>Enabled</Status><AbortIncompleteMultipartUpload><DaysAfterInitiation>7</DaysAfterInitiation>"
    "</AbortIncompleteMultipartUpload></Rule>"
)


def configuration(*rules: str) -> str:
    """Return a bucket's lifecycle as S3 writes it."""
    return f"<LifecycleConfiguration>{''.join(rules)}</LifecycleConfiguration>"


class Bucket:
    """A bucket with a lifecycle, as S3 answers for it.

    Attributes:
        body: of the lifecycle; None is none.
        refusal: a status with which it answers everything.
    """

    def __init__(self, body: str | None = None, refusal: int = 0) -> None:
        self.body, self.refusal = body, refusal

    def get(self) -> tuple[int, str]:
        """Answer a question for the lifecycle."""
        if self.refusal:
            return self.refusal, "<Error/>"
        return (404, "<Error/>") if self.body is None else (200, self.body)

    def put(self, body: str, checksum: str) -> tuple[int, str]:
        """Take a new lifecycle, if its checksum is right."""
        right = base64.b64encode(hashlib.md5(body.encode(), usedforsecurity=False).digest()).decode()
        if self.refusal or checksum != right:
            return self.refusal or 400, "<Error/>"
        self.body = body
        return 200, ""


@contextmanager
def served(bucket: Bucket) -> Iterator[str]:
    """Serve a bucket named `images`; its endpoint."""

    class Handler(BaseHTTPRequestHandler):
        def handle_call(self) -> None:
            url = urlsplit(self.path)
            query = parse_qs(url.query, keep_blank_values=True)
            assert url.path == "/images"
            assert query["lifecycle"] == [""]
            assert query["X-Amz-Credential"][0].startswith("ACCESS/")
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            status, text = (
                bucket.get() if self.command == "GET" else bucket.put(body, self.headers["Content-MD5"])
            )
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        do_GET = do_PUT = handle_call  # noqa: N815 - as the standard library calls them

        def log_message(self, *_: object) -> None:
            pass

    with serving(HTTPServer(("127.0.0.1", 0), Handler)) as server:
        yield f"http://127.0.0.1:{server.server_port}"


def run(endpoint: str) -> "subprocess.CompletedProcess[str]":
    """Run the script as a server would."""
    return subprocess.run(
        ["bash", "-s", "--", endpoint, "us-south", "images", "7"],
        input=f"{script_source('bucket-lifecycle.sh')}ACCESS\nsecret\n",
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("body", "printed", "remaining"),
    [
        (None, "set", configuration(RULE)),
        (configuration(ARCHIVE), "set", configuration(ARCHIVE, RULE)),
        (configuration(ARCHIVE, RULE), "kept", configuration(ARCHIVE, RULE)),
    ],
)
def test_the_rule_is_added_once_and_others_stay(body: str | None, printed: str, remaining: str) -> None:
    bucket = Bucket(body)
    with served(bucket) as endpoint:
        done = run(endpoint)
        assert (done.returncode, done.stdout, done.stderr) == (0, f"{printed}\n", "")
        assert bucket.body == remaining
        assert run(endpoint).stdout == "kept\n"
    assert bucket.body == remaining


@pytest.mark.parametrize("bucket", [Bucket(refusal=501), Bucket(refusal=403), Bucket("<ListBucketResult/>")])
def test_a_storage_without_the_rule_is_a_warning_with_the_remedy(bucket: Bucket) -> None:
    with served(bucket) as endpoint:
        done = run(endpoint)
    assert (done.returncode, done.stdout) == (0, "refused\n")
    assert "Set a lifecycle rule AbortIncompleteMultipartUpload of 7 days by hand" in done.stderr
    assert "secret" not in done.stderr
