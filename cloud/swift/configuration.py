"""The configuration files of one Swift; no file holds an account's key, so no restart is needed for one."""

import secrets
from pathlib import Path

from cloud.credentials import write_private
from cloud.swift.site import PORTS, PROXY_PORT, SwiftSite

S3_REGION = "us-south"
"""The region that S3 clients sign for; IBM's first."""

INNER_SERVERS = ("account", "container", "object")

_COMMON = """\
[DEFAULT]
bind_ip = {address}
bind_port = {port}
swift_dir = {etc}
user = root
workers = 0
log_level = WARNING
client_timeout = 120
"""

# A container's listing is brought up to date within the write itself: nothing sweeps up late updates here,
# and a registry that reads its own writes must find them.
_INNER = """\
devices = {devices}
mount_check = false
disable_fallocate = true

[pipeline:main]
pipeline = {server}-server

[app:{server}-server]
use = egg:swift#{server}
container_update_timeout = 30
conn_timeout = 5
node_timeout = 60
"""

# sha1 is what TempURL had in SoftLayer's days; Swift has it off by default, distribution 2.8 uses it.
_PROXY = """\

[pipeline:main]
pipeline = {filters} proxy-server

[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
conn_timeout = 5
node_timeout = 60
recoverable_node_timeout = 60

[filter:tempauth]
paste.filter_factory = cloud.swift.live_auth:filter_factory
accounts_file = {accounts}
token_life = 86400

# A request with an S3 signature is S3; access key is `ACCOUNT:USER`, secret key the user's key.
[filter:s3api]
use = egg:swift#s3api
location = {s3_region}

[filter:faults]
paste.filter_factory = cloud.swift.faults:filter_factory
faults_file = {faults}

[filter:staleness]
paste.filter_factory = cloud.swift.staleness:filter_factory
faults_file = {faults}

[filter:cache]
use = egg:swift#memcache
memcache_servers = {memcached}
memcache_max_connections = 16

[filter:tempurl]
use = egg:swift#tempurl
methods = GET HEAD PUT POST DELETE
allowed_digests = sha1 sha256 sha512

[filter:slo]
use = egg:swift#slo

[filter:versioned_writes]
use = egg:swift#versioned_writes
allow_versioned_writes = true

"""
_PLAIN_FILTERS = (
    "catch_errors",
    "gatekeeper",
    "healthcheck",
    "listing_formats",
    "bulk",
    "copy",
    "container-quotas",
    "account-quotas",
    "dlo",
)
_EGG_NAMES = {"container-quotas": "container_quotas", "account-quotas": "account_quotas"}
_PIPELINE = (
    "catch_errors gatekeeper healthcheck faults cache listing_formats bulk tempurl s3api tempauth copy"
    " container-quotas account-quotas slo dlo versioned_writes staleness"
)


def write_configuration(site: SwiftSite, accounts: Path, *, bulk: bool) -> None:
    """Write the files of one Swift; its hash secrets are made once and stay.

    Args:
        site: Folders and addresses of the Swift.
        accounts: The file with accounts and keys that auth reads.
        bulk: Whether the bulk middleware, with bulk delete, is offered.
    """
    site.etc.mkdir(parents=True, exist_ok=True, mode=0o700)
    _write_hash_secrets(site.etc / "swift.conf")
    for server in INNER_SERVERS:
        text = _COMMON + _INNER
        values = {"address": site.inner, "port": PORTS[server], "server": server}
        write_private(site.etc / f"{server}.conf", text.format(etc=site.etc, devices=site.devices, **values))
    write_private(site.etc / "proxy.conf", _proxy(site, accounts, bulk=bulk))


def _proxy(site: SwiftSite, accounts: Path, *, bulk: bool) -> str:
    filters = [name for name in _PIPELINE.split() if bulk or name != "bulk"]
    text = (_COMMON + _PROXY).format(
        address=site.outer,
        port=PROXY_PORT,
        etc=site.etc,
        filters=" ".join(filters),
        accounts=accounts,
        faults=site.faults,
        s3_region=S3_REGION,
        memcached=f"{site.inner}:{PORTS['memcached']}",
    )
    plain = [name for name in _PLAIN_FILTERS if name in filters]
    return text + "\n".join(
        f"[filter:{name}]\nuse = egg:swift#{_EGG_NAMES.get(name, name)}\n" for name in plain
    )


def _write_hash_secrets(file: Path) -> None:
    if not file.exists():
        prefix, suffix = secrets.token_hex(16), secrets.token_hex(16)
        write_private(
            file,
            f"[swift-hash]\nswift_hash_path_prefix = {prefix}\nswift_hash_path_suffix = {suffix}\n\n"
            "[storage-policy:0]\nname = default\ndefault = yes\n",
        )
