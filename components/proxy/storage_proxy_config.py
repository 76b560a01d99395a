"""The storage door's part of HAProxy's configuration, as pure functions.

Distribution 2.8's Swift driver reads what the storage can do from `/info`. Where that does not answer 200, it
deletes objects one by one and takes what it needs for temporary URLs from its own parameters
(registry/storage/driver/swift/swift.go at 2.8.3, New). Why that matters: docs/design/storage-door.md.
"""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from components.proxy.front_door_config import NAME
from components.proxy.haproxy_config import STORAGE_CONNECTIONS

_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
_ADDRESS = re.compile(r"[0-9.]+")
# Neither user information nor anything that HAProxy's configuration or a header would part into words.
_URL = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~/-]*)?")
# The only files of distribution's that end in `data`: blobs, and running uploads.
_FILE = "files/docker/registry/v2/(blobs/[a-z0-9]+/[0-9a-f]{2}/[0-9a-f]+|repositories/.+/_uploads/[^/]+)/data"
_IN_CONTAINER = "^/v1/[^/]+/[^/]+"
# A path without version and account, as `X-Object-Manifest` names segments: container and name.
_IN_ACCOUNT = """'path,url_dec,regsub("^/v1/[^/]+/",),regsub("/$",)'"""
_HASH_IN_ACCOUNT = """'path,url_dec,regsub("^/v1/[^/]+/",),sha1,hex'"""
_SEGMENT = f"{_IN_CONTAINER}/segments/[0-9a-f]+/[0-9a-f]+/[0-9]{{16}}$"
_SEGMENTS_OF_PATH = """'path,url_dec,regsub("^/v1/[^/]+/",),regsub("/[0-9]{16}$",),sha1,hex'"""
_FIRST_SEGMENT = "0000000000000001"
# Debian's and Ubuntu's package ca-certificates.
_AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt"


@dataclass(frozen=True)
class StorageDoorShape:
    """One storage door.

    Attributes:
        name: Lower case letters, digits and dashes.
        auth_url: The storage's own v1 authentication URL.
        port: TCP port on 127.0.0.1.
        authorities: File with the authorities that may vouch for the storage.
    """

    name: str
    auth_url: str
    port: int
    authorities: str = _AUTHORITIES

    def __post_init__(self) -> None:
        if NAME.fullmatch(self.name) is None:
            raise ValueError(
                f"storage door: name must be lower case letters, digits and dashes, got {self.name!r}"
            )
        if not 1 <= self.port <= 65535:
            raise ValueError(f"storage door {self.name}: port must be between 1 and 65535, got {self.port}")
        parts = urlsplit(self.auth_url)
        if _URL.fullmatch(self.auth_url) is None or _HOST.fullmatch(parts.hostname or "") is None:
            raise ValueError(
                f"storage door {self.name}: auth_url must be such as"
                f" https://dal05.objectstorage.softlayer.net/auth/v1.0, got {self.auth_url!r}"
            )
        if parts.scheme == "https" and _ADDRESS.fullmatch(parts.hostname or "") is not None:
            raise ValueError(
                f"storage door {self.name}: auth_url must have the storage's name, since HAProxy compares"
                f" certificates with names only, got {self.auth_url!r}"
            )

    @property
    def origin(self) -> str:
        """The storage's `SCHEME://HOST[:PORT]`."""
        return origin_of(self.auth_url)

    @property
    def door(self) -> str:
        """The door's own origin."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def door_auth_url(self) -> str:
        """The authentication URL through the door."""
        return self.door + self.auth_url.removeprefix(self.origin)


def origin_of(url: str) -> str:
    """Return a URL's `SCHEME://HOST[:PORT]`."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def storage_door_configuration(shape: StorageDoorShape) -> str:
    """Return the door's file; nothing in it is secret.

    A storage that takes no connection is a 503 after three tries of 5 s, one that goes silent a 504 after a
    minute (choices): the registry's own limits are four minutes, and 15 for an upload. A deletion in bulk
    is refused, should anybody ask for one all the same.
    """
    parts = urlsplit(shape.auth_url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    by_name = _ADDRESS.fullmatch(host) is None
    server = [f"  server swift {host}:{port}"]
    if parts.scheme == "https":
        server.append(f"ssl verify required ca-file {shape.authorities} alpn http/1.1")
        server.append(f"verifyhost {host} sni str({host})")
    if by_name:
        server.append(f"resolvers system-{shape.name} resolve-prefer ipv4 init-addr libc,none")
    lines = [
        *(_resolvers(shape.name) if by_name else []),
        f"frontend storage-{shape.name}",
        f"  bind 127.0.0.1:{shape.port}",
        f"  maxconn {STORAGE_CONNECTIONS}",
        # The registry keeps its connections; one closed under it would fail what it just sends.
        "  timeout http-keep-alive 10m",
        "  http-request return status 404 content-type text/plain string hidden if { path /info }",
        "  http-request deny deny_status 405 if { url_param(bulk-delete) -m found }",
        # The driver would make a container that it misses, and the registry would be empty without a word.
        "  http-request deny deny_status 404 if { method PUT } { path_reg ^/v1/[^/]+/[^/]+/?$ }",
        # The driver makes its own TempURL key the container's. While keys are rotated two colours have two,
        # and each would take away the other one's: the program alone sets them.
        "  http-request return status 204 if { method POST } { path_reg ^/v1/[^/]+/[^/]+/?$ }",
        *_listings_of_files(shape.name),
        *_empty_objects(shape.name),
        f"  default_backend swift-{shape.name}",
        "",
        f"backend {_empty_table(shape.name)}",
        "  stick-table type string len 40 size 16k expire 5m store gpt0",
        "",
        f"backend swift-{shape.name}",
        "  timeout server 60s",
        "  retries 2",
        f"  http-request set-header Host {parts.netloc}",
        f"  http-response replace-header X-Storage-Url ^https?://[^/]+(/.*)?$ {shape.door}\\1",
        " ".join(server),
    ]
    return "\n".join((*lines, ""))


def _empty_table(name: str) -> str:
    return f"storage-{name}-empty"


def _listings_of_files(name: str) -> list[str]:
    """Answer listings that only check whether a file is a folder, without Swift, and record the check.

    The driver's `Stat` lists what begins like the path, then requests the object by HEAD, since it does not
    rely on an empty listing. What is always a file needs no listing.
    """
    condition = (
        "{ method GET } { path_reg '^/v1/[^/]+/[^/]+/?$' } { url_param(delimiter),url_dec -m str / }"
        " { var(txn.prefix) -m found }"
    )
    return [
        f"  http-request set-var(txn.prefix) url_param(prefix),url_dec if {_prefix_of_file()}",
        f"  http-request set-var(txn.container) {_IN_ACCOUNT} if {condition}",
        f"  http-request set-var(txn.file) var(txn.container),concat(/,txn.prefix),sha1,hex if {condition}",
        f"  http-request track-sc0 var(txn.file) table {_empty_table(name)} if {condition}",
        f"  http-request sc-set-gpt0(0) 1 if {condition}",
        f"  http-request return status 200 content-type application/json string [] if {condition}",
    ]


def _prefix_of_file() -> str:
    return f"{{ url_param(prefix),url_dec -m reg '^{_FILE}$' }}"


def _empty_objects(name: str) -> list[str]:
    """Show large objects without a segment as the empty objects that they are, where `Stat` requests one.

    Of a large object without content `Stat` believes that a late listing hides its segments: it waits 13 s,
    then the upload is refused. The driver has checked just before, by HEAD, whether there is a first segment,
    which Swift answers from the object and not from a listing. A table keeps the answer, and forgets it with
    the first segment that is written. A client that resumes an upload needs the name of the segments, and
    requests it before any `Stat`. Where the table has lost an entry, the upload is refused as without it.
    """
    table, segment = _empty_table(name), f"{{ path_reg '{_SEGMENT}' }}"
    first = "{ var(txn.first_segment) -m bool }"
    is_first = f"{segment} {{ method HEAD }} {{ path_end /{_FIRST_SEGMENT} }}"
    empty = (
        f"{{ res.hdr(Content-Length) 0 }} {{ var(txn.manifest),table_gpt0({table}) eq 1 }}"
        f" {{ var(txn.file),table_gpt0({table}) eq 1 }}"
    )
    return [
        f"  http-request set-var(txn.file) {_HASH_IN_ACCOUNT} if {{ path_reg '{_IN_CONTAINER}/{_FILE}$' }}",
        f"  http-request set-var(txn.segments) {_SEGMENTS_OF_PATH} if {segment}",
        f"  http-request set-var(txn.first_segment) bool(true) if {is_first}",
        f"  http-request track-sc0 var(txn.segments) table {table} if {segment}",
        f"  http-request sc-set-gpt0(0) 0 if {segment} {{ method PUT }}",
        f"  http-response sc-set-gpt0(0) 1 if {first} {{ status 404 }}",
        f"  http-response sc-set-gpt0(0) 0 if {first} {{ status 200 }}",
        "  http-response set-var(txn.manifest) res.hdr(X-Object-Manifest),url_dec,sha1,hex",
        f"  http-response del-header X-Object-Manifest if {empty}",
    ]


def _resolvers(name: str) -> list[str]:
    """Return the resolver: names are resolved again as they age, the last address is kept meanwhile."""
    # 24 days are the most that HAProxy takes.
    hold_rules = [f"  hold {case} 24d" for case in ("nx", "refused", "timeout", "other")]
    return [f"resolvers system-{name}", "  parse-resolv-conf", "  hold valid 30s", *hold_rules, ""]
