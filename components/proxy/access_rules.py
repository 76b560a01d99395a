"""Who gets past a front door, as rules of HAProxy: limits by address, logins, and what a role may do.

The door itself compares passwords, for both generations, so that nothing of a stranger reaches a registry.
bcrypt takes 2 to 4 ms in which HAProxy's thread does nothing else. So it runs once for each password and not
at every request: the door remembers the SHA-256 of what was right, in its memory alone, and forgets it with
every change of its configuration. And it does not run at all for an address with too many failures.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from settings import DoorLimits, Role
from settings.access.door_limits import RATE_SECONDS

_ADDRESSES = 100_000
"""Addresses that are counted; 80 bytes each, in HAProxy's memory."""
_REMEMBERED = "1h"
_PASSWORDS = 10_000

# Errors as the registry itself has them (distribution, api/errcode); clients show the message. The registry
# lists what access was missing as the detail; a door names none of it, but must have a list. An error without
# detail and with the code's usual message is a bare code to Docker, which then repeats the request five times
# in 50 s instead of ending (moby, distribution/errors.go: retryOnError).
_ERROR = '{{"errors":[{{"code":"{code}","message":"{message}","detail":[]}}]}}'


@dataclass(frozen=True)
class DoorUsers:
    """Users whom a front door authenticates.

    Attributes:
        userlist: HAProxy's section `userlist users-NAME`, NAME being the door's. Secret.
        roles: User and role, in order of the names; who is not among them is a writer.
    """

    userlist: str
    roles: tuple[tuple[str, Role], ...] = ()

    def names_of(self, role: Role) -> list[str]:
        """Names of the users with a role that was given to them."""
        return [name for name, user_role in self.roles if user_role == role]


def address_limits(name: str, limits: DoorLimits | None) -> list[str]:
    """Return what a frontend does about clients that take too much; nothing without limits.

    Args:
        name: Name of the door.
        limits: Limits of the door; None for a door that only other doors reach.
    """
    if limits is None:
        return []
    too_many = (
        f"{{ sc0_conn_cur gt {limits.address_connections} }}"
        f" || {{ sc0_conn_rate gt {limits.address_connection_rate} }}"
    )
    nearly_full = f"{{ fe_conn gt {limits.open_connections} }}"
    return [
        f"  maxconn {limits.connections}",
        # Whoever has an IPv6 address has the whole network.
        f"  tcp-request connection track-sc0 src,ipmask(32,64) table {_addresses(name)}",
        f"  tcp-request connection reject if {too_many}",
        # HAProxy 2.6 ends a silent connection after `timeout client` only. A few addresses must not fill the
        # door with these, nor with any others.
        f"  tcp-request connection reject if {nearly_full} {{ sc0_conn_cur gt {limits.few_connections} }}",
        _too_many_requests(f"{{ sc0_http_req_rate gt {limits.address_request_rate} }}"),
    ]


def credential_rules(
    name: str, users: DoorUsers, open_paths: Sequence[str], limits: DoorLimits | None
) -> list[str]:
    """Return the rules that let users in and keep others out.

    Args:
        name: Name of the door.
        users: Users whom the door authenticates.
        open_paths: Paths that need no credentials.
        limits: Limits of the door; None does not count failures.
    """
    tries = "{ var(txn.password) -m found } !{ var(txn.remembered) -m bool }"
    accepted = "{ var(txn.remembered) -m bool } || { var(txn.right) -m bool }"
    strangers = f"!{{ path {' '.join(open_paths)} }} " if open_paths else ""
    return [
        # HAProxy and the registry would have to agree on which of two counts.
        "  http-request deny deny_status 400 if { req.fhdr_cnt(authorization) gt 1 }",
        "  http-request set-var(txn.password) req.fhdr(authorization),sha2(256)",
        f"  http-request set-var(txn.remembered) var(txn.password),in_table({_passwords(name)})",
        *(
            [_too_many_requests(f"{tries} {{ sc0_gpc0_rate gt {limits.failed_logins} }}", seconds=60)]
            if limits
            else []
        ),
        f"  http-request set-var(txn.right) http_auth(users-{name}) if {tries}",
        *([f"  http-request sc-inc-gpc0(0) if {tries} !{{ var(txn.right) -m bool }}"] if limits else []),
        f"  http-request track-sc1 var(txn.password) table {_passwords(name)} if {accepted}",
        _unauthorized(f"{strangers}!{{ var(txn.remembered) -m bool }} !{{ var(txn.right) -m bool }}"),
        *_role_rules(name, users),
    ]


def access_tables(name: str, users: DoorUsers | None, limits: DoorLimits | None) -> list[str]:
    """Return the tables of a door's addresses and passwords, each a backend that serves nothing."""
    lines: list[str] = []
    if limits is not None:
        counters = f"conn_cur,conn_rate({RATE_SECONDS}s),http_req_rate({RATE_SECONDS}s),gpc0_rate(1m)"
        table = f"  stick-table type ipv6 size {_ADDRESSES} expire 5m store {counters}"
        lines += ["", f"backend {_addresses(name)}", table]
    if users is not None:
        table = f"  stick-table type binary len 32 size {_PASSWORDS} expire {_REMEMBERED}"
        lines += ["", f"backend {_passwords(name)}", table]
    return lines


def _role_rules(name: str, users: DoorUsers) -> list[str]:
    """What a user may do, by method; the password was right, so the name is the user's."""
    reads, ends_upload = "{ method GET HEAD }", "{ path -m reg ^/v2/.+/blobs/uploads/[^/]+$ }"
    readers, admins = f"readers-{name}", f"admins-{name}"
    deletes = "{ method DELETE }"
    # The most that one line takes is 64 words.
    return [
        "  http-request set-var(txn.user) http_auth_user",
        *(f"  acl {readers} var(txn.user) -m str {user}" for user in users.names_of("reader")),
        *(f"  acl {admins} var(txn.user) -m str {user}" for user in users.names_of("admin")),
        *([_denied("this user may only pull", f"{readers} !{reads}")] if users.names_of("reader") else []),
        _denied(
            "this user may not delete; registryRoles has who may",
            f"{deletes} !{ends_upload}{f' !{admins}' if users.names_of('admin') else ''}",
        ),
    ]


def own_password_refused() -> str:
    """Return the rule for a registry that refuses the password with which the door comes.

    The client's own was right, so that 401 would send people to log in anew. A 502 counts as a failure of the
    colour, by which a swap goes back.
    """
    body = _ERROR.format(code="UNAVAILABLE", message="the registry refuses the password of its front door")
    return (
        f"  http-response return status 502 content-type application/json string '{body}' if {{ status 401 }}"
    )


def _unauthorized(condition: str) -> str:
    body = _ERROR.format(code="UNAUTHORIZED", message="authentication required")
    return (
        "  http-request return status 401 hdr WWW-Authenticate 'Basic realm=\"registry\"'"
        " hdr Docker-Distribution-Api-Version registry/2.0"
        f" content-type application/json string '{body}' if {condition}"
    )


def _denied(message: str, condition: str) -> str:
    body = _ERROR.format(code="DENIED", message=message)
    return f"  http-request return status 403 content-type application/json string '{body}' if {condition}"


def _too_many_requests(condition: str, seconds: int = RATE_SECONDS) -> str:
    body = _ERROR.format(code="TOOMANYREQUESTS", message=f"too many requests; wait {seconds} s")
    return (
        f"  http-request return status 429 hdr Retry-After {seconds} content-type application/json"
        f" string '{body}' if {condition}"
    )


def _addresses(name: str) -> str:
    return f"addresses-{name}"


def _passwords(name: str) -> str:
    return f"passwords-{name}"
