"""Judges the clients of this machine: what they trust, where names lead, whether the login is taken; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from messages.count import format_count
from operate.doctor.finding import Finding, error, note, ok, warning

EXPIRY = timedelta(days=21)
"""A certificate with less left is warned of, as in `operate.status.warnings`."""


@dataclass(frozen=True)
class NameObservation:
    """Where the registry's name leads.

    Attributes:
        host: Name or address in the endpoint.
        is_address: Whether it is an address, which needs no DNS.
        addresses: Addresses to which it leads; none where nobody knows it.
        expected: Addresses of the front doors, or the global IP.
    """

    host: str
    is_address: bool
    addresses: tuple[str, ...]
    expected: tuple[str, ...]


@dataclass(frozen=True)
class TrustObservation:
    """What a client on this machine trusts for this registry.

    Attributes:
        program: The client.
        file: File in which it looks for the authority.
        state: `same`, `other`, `missing`, or `needless` where everybody knows the authority.
    """

    program: str
    file: str
    state: str


@dataclass(frozen=True)
class LoginObservation:
    """What the registry answers.

    Attributes:
        endpoint: URL of the registry.
        user: User whose password was tried.
        status: HTTP status of `GET /v2/`; 0 where there was no answer.
        reason: Why there was none.
        logged_in: Clients on this machine that have a login.
        clients: Clients that are installed.
        refused: Users whose stored password the registry refuses, by client.
    """

    endpoint: str
    user: str
    status: int
    reason: str = ""
    logged_in: tuple[str, ...] = ()
    clients: tuple[str, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class FormerLogin:
    """A login of a client to an address that the registry had before.

    Attributes:
        program: The client.
        address: Address, `HOST:PORT`.
    """

    program: str
    address: str


@dataclass(frozen=True)
class CertificateObservation:
    """A certificate as a client meets it.

    Attributes:
        endpoint: URL of the registry.
        end: Time at which it expires; None where none was shown.
        problem: Why a client refuses it; "" where it takes it.
    """

    endpoint: str
    end: datetime | None
    problem: str = ""


def judge_name(observed: NameObservation) -> Sequence[Finding]:
    """Judge whether the registry's name leads to its front doors."""
    host, expected = observed.host, ", ".join(observed.expected)
    if observed.is_address:
        return (ok(f"clients use the address {host}, which needs no DNS"),)
    if not observed.addresses:
        remedy = (
            f"give {host} a record for {expected}, or a line in /etc/hosts: {expected.split(', ')[0]} {host}"
        )
        return (error(f"this machine cannot resolve the name {host}", remedy),)
    wrong = sorted(set(observed.addresses) - set(observed.expected))
    addresses = ", ".join(observed.addresses)
    if observed.expected and len(wrong) == len(observed.addresses):
        remedy = f"correct the record of {host}; dig +short {host} shows it"
        return (error(f"{host} leads to {addresses}, and the registry is at {expected}", remedy),)
    if observed.expected and wrong:
        remedy = f"take {', '.join(wrong)} out of the record of {host}"
        return (warning(f"{host} leads to {', '.join(wrong)} as well, where no front door is", remedy),)
    return (ok(f"{host} leads to {addresses}"),)


def judge_trust(environment: str, observed: Sequence[TrustObservation]) -> Sequence[Finding]:
    """Judge whether clients believe the registry's certificate.

    Args:
        environment: Name of the stack.
        observed: Clients that are installed, with what each trusts.
    """
    if not observed:
        return (note("no client is installed on this machine", "apt-get install docker.io"),)
    findings = []
    for client in observed:
        remedy = f"operate login {environment} --client {client.program}"
        if client.state == "missing":
            findings.append(warning(f"{client.program} does not know the registry's authority", remedy))
        elif client.state == "other":
            what = f"{client.program} trusts another authority than the registry's, in {client.file}"
            findings.append(error(what, remedy))
        elif client.state == "needless":
            findings.append(ok(f"{client.program} needs no authority of the registry's own"))
        else:
            findings.append(ok(f"{client.program} trusts the registry's authority"))
    return findings


def judge_login(environment: str, observed: LoginObservation) -> Sequence[Finding]:
    """Judge whether the registry takes the stack's own user, and the logins that clients have stored.

    Args:
        environment: Name of the stack.
        observed: The registry's answer.
    """
    where = f"{observed.endpoint}/v2/"
    match observed.status:
        case 200:
            findings = [ok(f"the registry takes the password of {observed.user}")]
        case 0:
            remedy = (
                "see the checks `front doors` and `DNS`; where registryListen is private, clients must be"
                " in the private network (docs/reference/access.md)"
            )
            return (warning(f"{where} does not answer this machine: {observed.reason}", remedy),)
        case 401 | 403:
            what = f"the registry refuses the password of {observed.user} that the stack has"
            findings = [
                error(what, f"operate recover {environment}, which brings front doors and stack together")
            ]
        case 429:
            what = f"{where} answers 429: too many failed logins from this address"
            findings = [warning(what, "wait a minute; docs/reference/access.md#limits")]
        case status:
            remedy = "what the check `containers` says; where that is ok, docs/runbooks/rollback.md"
            findings = [error(f"{where} answers {status}", remedy)]
    findings += [
        error(
            f"the registry refuses the password of {user} that {client} has stored: its pulls and pushes end"
            " in 401",
            f"operate login {environment} --client {client}",
        )
        for client, user in observed.refused.items()
    ]
    missing = [client for client in observed.clients if client not in observed.logged_in]
    if missing:
        findings.append(note(f"not logged in: {', '.join(missing)}", f"operate login {environment}"))
    return findings


def judge_former_logins(environment: str, observed: Sequence[FormerLogin]) -> Sequence[Finding]:
    """Judge whether clients are still logged in to addresses that the registry had before.

    Args:
        environment: Name of the stack.
        observed: Logins to former addresses, as observed.
    """
    findings = []
    for program in dict.fromkeys(login.program for login in observed):
        addresses = [login.address for login in observed if login.program == program]
        what = f"{program} is still logged in to {', '.join(addresses)}, where the registry was before"
        findings.append(warning(what, f"operate login {environment} --client {program}"))
    return findings or (ok("no client is logged in to an address that the registry had before"),)


def judge_certificate(observed: CertificateObservation, now: datetime) -> Sequence[Finding]:
    """Judge the certificate that clients meet.

    Args:
        observed: The certificate.
        now: Present time, with a time zone.
    """
    remedy = (
        "pulumi up --stack ENV renews one that the stack issues; of your own, set registryCertificate and"
        " registryCertificateKey (docs/runbooks/certificate.md)"
    )
    if observed.end is not None and observed.end <= now:
        what = f"the certificate of {observed.endpoint} expired on {observed.end:%Y-%m-%d %H:%M} UTC"
        return (error(f"{what}; every client fails", remedy),)
    if observed.problem:
        return (error(f"clients refuse the certificate of {observed.endpoint}: {observed.problem}", remedy),)
    if observed.end is None:
        return (note(f"{observed.endpoint} has no certificate"),)
    remaining = observed.end - now
    what = f"the certificate of {observed.endpoint} is valid for {format_count(remaining.days, 'day')}"
    return (warning(what, remedy) if remaining < EXPIRY else ok(what),)
