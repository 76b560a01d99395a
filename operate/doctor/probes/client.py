"""Observes the clients of this machine and the registry as they meet it; decides nothing."""

import base64
import ipaddress
import json
import os
import socket
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cryptography import x509

from messages.network_failure import describe_network_failure
from operate.doctor.finding import NotCheckedError
from operate.doctor.judgements.client import (
    CertificateObservation,
    FormerLogin,
    LoginObservation,
    NameObservation,
    TrustObservation,
)
from operate.error import OperateError
from operate.login.client import Client
from operate.login.login import RegistryLogin, installed_clients
from operate.login.recorded_logins import RecordedLogins

if TYPE_CHECKING:
    import httpx

_SECONDS = 8.0
"""For a connection and for an answer (choice)."""
_TAKEN, _REFUSED = 200, (401, 403)
"""HTTP statuses of a login."""
_AUTH_FILES = {
    "docker": ("~/.docker/config.json",),
    "podman": ("${XDG_RUNTIME_DIR}/containers/auth.json", "~/.config/containers/auth.json"),
    "skopeo": ("${XDG_RUNTIME_DIR}/containers/auth.json", "~/.config/containers/auth.json"),
}
"""Where clients keep logins (docker login's documentation; containers-auth.json(5))."""


def observe_name(endpoint: str, expected: Sequence[str]) -> NameObservation:
    """Return where the host of an endpoint leads.

    Args:
        endpoint: Endpoint, `https://HOST:PORT`.
        expected: Addresses of the front doors, or the global IP.
    """
    host = urlsplit(endpoint).hostname or ""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return NameObservation(host, is_address=False, addresses=_resolve(host), expected=tuple(expected))
    return NameObservation(host, is_address=True, addresses=(host,), expected=tuple(expected))


def _resolve(host: str) -> tuple[str, ...]:
    try:
        answers = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except socket.gaierror:
        return ()
    return tuple(sorted({str(answer[4][0]) for answer in answers}))


def present_clients() -> list[Client]:
    """Return the clients that are installed on this machine; none where there are none."""
    try:
        return installed_clients(())
    except OperateError:
        return []


def expand_place(place: str) -> str:
    """Return a place with its variables and `~` replaced."""
    return str(Path(os.path.expandvars(place)).expanduser())


def observe_trust(login: RegistryLogin, clients: Sequence[Client]) -> tuple[TrustObservation, ...]:
    """Return what each client trusts for a registry."""
    return tuple(_trust_of(client, login) for client in clients)


def _trust_of(client: Client, login: RegistryLogin) -> TrustObservation:
    file = client.authority_file(login.address)
    if not login.authority:
        return TrustObservation(client.program, str(file), "needless")
    try:
        state = "same" if file.read_text().strip() == login.authority.strip() else "other"
    except FileNotFoundError:
        state = "missing"
    except (OSError, UnicodeDecodeError) as error:
        raise NotCheckedError(
            f"{file} cannot be read ({type(error).__name__})", "sudo -E the command"
        ) from None
    return TrustObservation(client.program, str(file), state)


def logged_in(clients: Sequence[Client], address: str, expand: Callable[[str], str]) -> tuple[str, ...]:
    """Return the clients that have a login for a registry.

    Args:
        clients: Clients that are installed.
        address: Address, `HOST:PORT`.
        expand: Replaces variables and `~` in a place.
    """
    return tuple(
        client.program
        for client in clients
        if any(_has_login(Path(expand(place)), address) for place in _AUTH_FILES.get(client.program, ()))
    )


def _has_login(file: Path, address: str) -> bool:
    return address in _logins_of(file)


def _logins_of(file: Path) -> Mapping[str, object]:
    """Return what a client's file has of each registry; nothing where it cannot be read."""
    try:
        content = json.loads(file.read_text())
    except (OSError, ValueError):
        return {}
    logins = content.get("auths") if isinstance(content, dict) else None
    return logins if isinstance(logins, dict) else {}


@dataclass(frozen=True)
class StoredLogin:
    """A login that a client keeps in its file.

    Attributes:
        user: Name of the user.
        password: Password of the user. Secret.
    """

    user: str
    password: str = field(repr=False)


def stored_logins(
    clients: Sequence[Client], address: str, expand: Callable[[str], str]
) -> Mapping[str, StoredLogin]:
    """Return the logins for a registry, by client; without those that a credential helper keeps.

    Args:
        clients: Clients that are installed.
        address: Address, `HOST:PORT`.
        expand: Replaces variables and `~` in a place.
    """
    logins: dict[str, StoredLogin] = {}
    for client in clients:
        for place in _AUTH_FILES.get(client.program, ()):
            if (login := _stored_login(_logins_of(Path(expand(place))).get(address))) is not None:
                logins.setdefault(client.program, login)
    return logins


def _stored_login(entry: object) -> StoredLogin | None:
    try:
        text = str(entry["auth"]) if isinstance(entry, dict) else ""
        user, separator, password = base64.b64decode(text, validate=True).decode().partition(":")
    except (KeyError, ValueError):
        return None
    return StoredLogin(user, password) if separator else None


def observe_former_logins(
    recorded: RecordedLogins, clients: Sequence[Client], address: str
) -> tuple[FormerLogin, ...]:
    """Return the recorded logins of clients to other addresses than the registry's.

    Args:
        recorded: Logins of the stack.
        clients: Clients that are installed.
        address: Address, `HOST:PORT` of the registry.
    """
    return tuple(
        FormerLogin(client.program, former)
        for client in clients
        for former in recorded.addresses(client.program)
        if former != address
    )


def trust_context(authority: str) -> ssl.SSLContext:
    """Return what verifies a registry: by its own authority, else as everybody does."""
    return ssl.create_default_context(cadata=authority or None)


def observe_registry(
    login: RegistryLogin, endpoint: str, clients: Sequence[Client], expand: Callable[[str], str]
) -> LoginObservation:
    """Return what the registry answers to its user, and to the logins of this machine.

    Args:
        login: Login: user, password and authority.
        endpoint: Endpoint, `https://HOST:PORT`.
        clients: Clients that are installed.
        expand: Replaces variables and `~` in a place.
    """
    logins = logged_in(clients, login.address, expand)
    stored = stored_logins(clients, login.address, expand)
    return observe_login(login, endpoint, [client.program for client in clients], logins, stored)


def observe_login(
    login: RegistryLogin,
    endpoint: str,
    clients: Sequence[str],
    logins: Sequence[str],
    stored: Mapping[str, StoredLogin] | None = None,
) -> LoginObservation:
    """Return what the registry answers to its user, and to the logins that clients have stored.

    Args:
        login: Login: user, password and authority.
        endpoint: Endpoint, `https://HOST:PORT`.
        clients: Programs that are installed.
        logins: Programs among them that have a login.
        stored: Logins that clients keep in their files, by program.
    """
    import httpx  # half a second that `operate --help` does not wait for

    from operate.servers.pinned_transport import PinnedTransport

    status, reason, refused = 0, "", dict[str, str]()
    try:
        verified = httpx.HTTPTransport(verify=trust_context(login.authority))
        with httpx.Client(transport=PinnedTransport(verified, [endpoint]), timeout=_SECONDS) as client:
            # A registry without TLS asks nobody, and must not be told a password.
            auth = (login.user, login.password) if endpoint.startswith("https://") else None
            status = client.get(f"{endpoint}/v2/", auth=auth).status_code
            if auth is not None and status == _TAKEN:
                refused = _refused_logins(client, endpoint, auth, stored or {})
    except httpx.HTTPError as error:
        reason = describe_network_failure(error, _SECONDS)
    return LoginObservation(endpoint, login.user, status, reason, tuple(logins), tuple(clients), refused)


def _refused_logins(
    client: "httpx.Client", endpoint: str, taken: tuple[str, str], stored: Mapping[str, StoredLogin]
) -> dict[str, str]:
    """Return the users whose stored password is refused, by client; each login is tried once."""
    statuses = {taken: _TAKEN}
    for login in stored.values():
        auth = (login.user, login.password)
        if auth not in statuses:
            statuses[auth] = client.get(f"{endpoint}/v2/", auth=auth).status_code
    return {
        program: login.user
        for program, login in stored.items()
        if statuses[login.user, login.password] in _REFUSED
    }


def observe_certificate(endpoint: str, authority: str) -> CertificateObservation:
    """Return the certificate that an endpoint shows, and why a client refuses it.

    Args:
        endpoint: Endpoint, `https://HOST:PORT`, or `http://...`, which has none.
        authority: PEM; "" where everybody knows it.

    Raises:
        NotCheckedError: The endpoint does not answer.
    """
    parts = urlsplit(endpoint)
    if parts.scheme != "https":
        return CertificateObservation(endpoint, None)
    host, port = parts.hostname or "", parts.port or 443
    problem = ""
    try:
        _certificate(host, port, trust_context(authority))
    except ssl.SSLCertVerificationError as error:
        problem = error.verify_message or str(error)
    except (OSError, ssl.SSLError) as error:
        raise _silent(endpoint, error) from None
    blind = ssl.create_default_context()
    blind.check_hostname, blind.verify_mode = False, ssl.CERT_NONE
    try:
        certificate = _certificate(host, port, blind)
    except (OSError, ssl.SSLError) as error:
        raise _silent(endpoint, error) from None
    end = x509.load_der_x509_certificate(certificate).not_valid_after_utc if certificate else None
    return CertificateObservation(endpoint, end, problem)


def _silent(endpoint: str, error: OSError) -> NotCheckedError:
    """An endpoint without an answer, which no login of a client repairs."""
    return NotCheckedError(
        f"{endpoint} does not answer: {describe_network_failure(error)}", named_by="front doors"
    )


def _certificate(host: str, port: int, context: ssl.SSLContext) -> bytes | None:
    with (
        socket.create_connection((host, port), timeout=_SECONDS) as connection,
        context.wrap_socket(connection, server_hostname=host) as secured,
    ):
        return secured.getpeercert(binary_form=True)
