"""`python -m provider.commands.account_report`: whether the account answers, and what its user may order.

Standard input may hold the provider's configuration, as `route` takes it. Prints one JSON object:

    {"endpoint": URL, "user": NAME, "failure": "", "reason": "", "account": NUMBER, "milliseconds": TIME,
     "billing": "visible" | "refused" | "empty", "servers": {"virtual": COUNT, "metal": COUNT},
     "hourly": {"virtual": COUNT, "metal": COUNT}, "limits": {"virtual": COUNT, "metal": COUNT},
     "permissions": [KEY NAME], "unanswered": {WHAT: REASON}}

`failure` is `configuration`, `denied`, `unreachable` or `refused` where nothing else could be asked; `limits`
and `permissions` have what the account tells. Changes nothing. The exit code is 0 also where the account
refuses, since that is an answer.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from provider.cancellation_token import CancellationToken
from provider.commands.account_command import SilentReporter, settings_from
from provider.errors import ApiError, ConfigurationError, DeniedError, ProviderError, UnreachableError
from provider.open_session import environment, open_session
from provider.redaction import Redactor
from provider.session import Session
from provider.softlayer.records import Record, as_record, as_records, flag_at, records_at, text_at, whole_at

_LIMITS = {"virtual": "hourlyInstanceLimit", "metal": "hourlyServerLimit"}
"""Methods of SoftLayer_Account that tell how many servers may be billed by the hour (SLDN)."""
_FAILURES: tuple[tuple[type[ProviderError], str], ...] = (
    (ConfigurationError, "configuration"),
    (DeniedError, "denied"),
    (UnreachableError, "unreachable"),
)


@dataclass(frozen=True)
class AccountReport:
    """What an account reports of itself and of the user of the credentials.

    Attributes:
        endpoint: URL of the API.
        user: Name of the API user.
        failure: Kind of failure that left everything else open; "" for none.
        reason: Reason, without secrets.
        account: Number of the account; None while it is not known.
        milliseconds: Time that a call took.
        billing: Billing items, `visible`, `refused`, or `empty` where no billing item is seen.
        servers: Servers of the account, `virtual` and `metal`.
        hourly: Orderable servers that are billed by the hour.
        limits: Servers that may be billed by the hour; a kind without an answer is left out.
        permissions: Key names of the user's permissions; None where the account does not report them.
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
    permissions: tuple[str, ...] | None = None
    unanswered: Mapping[str, str] = field(default_factory=dict)


async def account_report(session: Session) -> AccountReport:
    """Ask the account; each question by itself, so that one refusal hides no other answer.

    Args:
        session: Session of the account.

    Raises:
        ProviderError: The account itself cannot be read.
    """
    # The first call loads the official client as well, which says nothing of the account.
    await session.api.once("Account", "getObject", mask="mask[id]")
    started_at = time.monotonic()
    account = as_record(await session.api.once("Account", "getObject", mask="mask[id]"))
    milliseconds = (time.monotonic() - started_at) * 1000
    unanswered: dict[str, str] = {}

    async def ask(what: str, service: str, method: str, **options: object) -> object:
        try:
            return await session.api.once(service, method, **options)
        except ApiError as error:
            unanswered[what] = str(error)
            return None

    server_mask = "mask[id,hourlyBillingFlag]"
    guests, metal, billing, user, guest_limit, metal_limit = await asyncio.gather(
        ask("virtual servers", "Account", "getVirtualGuests", mask=server_mask),
        ask("bare metal", "Account", "getHardware", mask=server_mask),
        ask("billing", "Account", "getAllBillingItems", mask="mask[id]", limit=1),
        ask("permissions", "Account", "getCurrentUser", mask="mask[username,permissions[keyName]]"),
        ask("limit of virtual servers", "Account", _LIMITS["virtual"]),
        ask("limit of bare metal", "Account", _LIMITS["metal"]),
    )
    listed = {"virtual": as_records(guests or []), "metal": as_records(metal or [])}
    limits = {"virtual": guest_limit, "metal": metal_limit}
    granted = records_at(as_record(user or {}), "permissions")
    permissions = {text_at(permission, "keyName") for permission in granted} - {""}
    return AccountReport(
        endpoint=session.settings.endpoint_url,
        user=session.settings.username,
        account=whole_at(account, "id"),
        milliseconds=round(milliseconds, 1),
        billing="refused" if "billing" in unanswered else "visible" if billing else "empty",
        servers={kind: len(servers) for kind, servers in listed.items()},
        hourly={kind: sum(map(_is_hourly, servers)) for kind, servers in listed.items()},
        limits={kind: limit for kind, limit in limits.items() if isinstance(limit, int)},
        permissions=tuple(sorted(permissions)) or None,
        unanswered=unanswered,
    )


def _is_hourly(server: Record) -> bool:
    return flag_at(server, "hourlyBillingFlag")


def read_report(document: str, variables: Mapping[str, str], redactor: Redactor) -> AccountReport:
    """Return the report, also where the account does not answer.

    Args:
        document: The provider's configuration as JSON; "" for none.
        variables: The process environment.
        redactor: Redactor that learns the secrets.
    """
    endpoint = user = ""
    try:
        settings = settings_from(document, variables)
        endpoint, user = settings.endpoint_url, settings.username
        session = open_session(settings, CancellationToken(), SilentReporter(), redactor, environment())
        return asyncio.run(account_report(session))
    except ProviderError as error:
        failure = next((name for kind, name in _FAILURES if isinstance(error, kind)), "refused")
        return AccountReport(endpoint, user, failure, redactor.clean(str(error)))


def main() -> int:
    """Run the command; the exit code."""
    redactor = Redactor()
    document = "" if sys.stdin.isatty() else sys.stdin.read()
    report = read_report(document, os.environ, redactor)
    sys.stdout.write(redactor.clean(json.dumps(asdict(report))) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
