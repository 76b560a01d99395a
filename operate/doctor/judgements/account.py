"""Judges the account: credentials, what its user may do, and how many servers it may have; pure.

The permissions' key names are SoftLayer's (SoftLayer_User_Customer_CustomerPermission_Permission).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from messages.count import format_count
from operate.doctor.finding import Finding, error, note, ok, unknown, warning
from operate.stack.traces import NO_CREDENTIALS

_SLOW_MS = 2000.0
"""Milliseconds of a call that slow an `up` down, which makes dozens (choice)."""
REQUIRED_PERMISSIONS: Mapping[str, str] = {
    "SERVER_ADD": "order servers",
    "SERVER_CANCEL": "cancel servers",
    "SERVER_RELOAD": "install servers again",
    "VIRTUAL_GUEST_VIEW": "see virtual servers",
    "CUSTOMER_SSH_KEY_MANAGEMENT": "register the operator's SSH key",
    "IP_ADD": "order a global IP",
    "ADD_SERVICE_STORAGE": "order object storage",
}
"""What the program needs permissions for, by key name."""
_NO_ANSWER = "not checked since the account does not answer; see the check `credentials`"
_CREDENTIALS = "export SL_USERNAME=... SL_API_KEY=..., with a key of the portal's page of the user"
_HINT = re.compile(r": set softlayer:\w+ or \w+")
"""Of the provider (`provider/settings.py`)."""
_PORTAL = "have the account's master user grant it in the portal, or take credentials of a user who has it"


@dataclass(frozen=True)
class AccountObservation:
    """What `python -m provider.commands.account_report` prints.

    Attributes:
        endpoint: URL of the API.
        user: Name of the API user.
        failure: `configuration`, `denied`, `unreachable` or `refused`; "" where the account answers.
        reason: Reason of the failure.
        account: Number of the account.
        milliseconds: Time of a call.
        billing: Billing items, `visible`, `refused` or `empty`.
        servers: Servers of the account, by kind: `virtual` and `metal`.
        hourly: Orderable servers that are billed by the hour.
        limits: Servers that may be billed by the hour, where the account reports it.
        permissions: Key names; None where the account does not report them.
        unanswered: Why a request got no answer, by its subject.
    """

    endpoint: str
    user: str
    failure: str = ""
    reason: str = ""
    account: int | None = None
    milliseconds: float = 0.0
    billing: str = ""
    servers: Mapping[str, int] = field(default_factory=dict)
    hourly: Mapping[str, int] = field(default_factory=dict)
    limits: Mapping[str, int] = field(default_factory=dict)
    permissions: Sequence[str] | None = None
    unanswered: Mapping[str, str] = field(default_factory=dict)


def judge_credentials(observed: AccountObservation) -> Sequence[Finding]:
    """Judge whether the account answers to the credentials."""
    match observed.failure:
        case "configuration":
            return (error(f"no credentials of the account: {_without_hints(observed.reason)}", _CREDENTIALS),)
        case "denied":
            what = f"the account refuses the credentials of user {observed.user}: {observed.reason}"
            return (error(what, _CREDENTIALS),)
        case "unreachable":
            remedy = f"curl -I {observed.endpoint}; see softlayer:endpointUrl and SL_ENDPOINT_URL"
            return (error(f"the API does not answer: {observed.reason}", remedy),)
        case "":
            pass
        case _:
            return (error(f"the API refuses: {observed.reason}", "run the command again in a minute"),)
    what = f"account {observed.account} answers user {observed.user} in {observed.milliseconds:.0f} ms"
    if observed.milliseconds > _SLOW_MS:
        return (warning(f"{what}, which is slow", f"curl -I {observed.endpoint}, from another network too"),)
    return (ok(what),)


def _without_hints(reason: str) -> str:
    """Return what is wrong with the provider's configuration; where to set it, the remedy says."""
    return _HINT.sub("", reason)


def describe_unasked_account(reason: str) -> str:
    """Return why the account was not asked, for a check that is not the one of the credentials.

    Args:
        reason: Reason; that there are no credentials is named, with what helps, by that check alone.
    """
    return "the account cannot be asked; see the check `credentials`" if reason == NO_CREDENTIALS else reason


def judge_permissions(observed: AccountObservation) -> Sequence[Finding]:
    """Judge what the user may do, as far as the account reports it."""
    if observed.failure:
        return (unknown(_NO_ANSWER),)
    findings = []
    has_servers = any(observed.servers.values())
    if observed.billing == "refused" or (observed.billing == "empty" and has_servers):
        what = (
            f"user {observed.user} sees no billing items, so that a server that was cancelled cannot be told"
            " from one that is not, and costs are not known"
        )
        findings.append(warning(what, _PORTAL))
    if observed.permissions is not None:
        missing = {key: use for key, use in REQUIRED_PERMISSIONS.items() if key not in observed.permissions}
        findings += [
            warning(f"user {observed.user} lacks {key} to {use}", _PORTAL) for key, use in missing.items()
        ]
    for what in ("virtual servers", "bare metal"):
        if what in observed.unanswered:
            reason = observed.unanswered[what]
            findings.append(warning(f"user {observed.user} may not list {what}: {reason}", _PORTAL))
    if findings:
        return findings
    if observed.permissions is None:
        return (
            note(
                "the account does not show the permissions of its user; the calls that could be tried are"
                " allowed"
            ),
        )
    return (ok(f"user {observed.user} has the permissions that the program needs"),)


def judge_limits(observed: AccountObservation, planned: Mapping[str, int]) -> Sequence[Finding]:
    """Judge whether the account may have the servers that the stack has still to order.

    Args:
        observed: The account.
        planned: Servers by the hour that are to be ordered, `virtual` and `metal`.
    """
    if observed.failure:
        return (unknown(_NO_ANSWER),)
    if not observed.limits:
        return (note("the account does not show how many servers it may have"),)
    findings = []
    for kind, limit in sorted(observed.limits.items()):
        used, further = observed.hourly.get(kind, 0), planned.get(kind, 0)
        noun = "virtual" if kind == "virtual" else "bare metal"
        servers = format_count(limit, f"{noun} server by the hour is", f"{noun} servers by the hour are")
        what = f"{used} of {servers} used"
        if used + further > limit:
            remedy = "ask SoftLayer's support for a higher limit, or set hourly: false for a server"
            findings.append(error(f"{what}, and the stack orders {further} more", remedy))
        else:
            findings.append(ok(what))
    return findings
