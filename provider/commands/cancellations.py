"""`python -m provider.commands.cancellations`: which items of a stack the account is to give up, and when.

Standard input holds a JSON object: `configuration`, the provider's, as `route` takes it; `servers`,
the ids of servers by name; and `globalIp`, a number, where there is one. Prints
`{"cancellations": {NAME: DATE}, "failure": TEXT}`: TEXT is why the account answers for servers alone, ""
where it answers for all. One call for each kind of item. Changes nothing. Exit code 1 and one line on
standard error where the account cannot be asked.
"""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from provider.commands.account_command import run_command
from provider.errors import ProviderError
from provider.session import Session
from provider.softlayer.records import Record, as_records, text_at, whole_at

GLOBAL_IP = "global IP"
"""Name of the stack's global IP among what is cancelled."""
_DATE = "billingItem.cancellationDate"
_GUEST_MASK = "mask[id,billingItem[cancellationDate]]"
_HARDWARE_MASK = "mask[globalIdentifier,billingItem[cancellationDate]]"
_GLOBAL_IP_MASK = "mask[id,billingItem[cancellationDate]]"
"""What is read of each kind: the account refuses a mask with a property that its type does not have."""


@dataclass(frozen=True)
class StackItems:
    """What a stack has in the account.

    Attributes:
        servers: Ids by name, as the state has them: of virtual guests a number, of bare metal another text.
        global_ip: Id of the Global IP address; 0 for none.
    """

    servers: Mapping[str, str]
    global_ip: int = 0


@dataclass(frozen=True)
class Cancellations:
    """What the account answers.

    Attributes:
        dates: Dates of scheduled cancellations, by the items' names.
        failure: Why there is no answer for the global IP; "" where there is one.
    """

    dates: Mapping[str, str]
    failure: str = ""


async def cancellations(session: Session, items: StackItems) -> Cancellations:
    """Return the dates of scheduled cancellations; those of servers even if the global IP's cannot be read.

    Args:
        session: Session of the account.
        items: Items of the stack.

    Raises:
        ProviderError: The account does not answer for its servers.
    """
    records: dict[str, Record] = {}
    if any(identifier.isdecimal() for identifier in items.servers.values()):
        answer = await session.api.read("Account", "getVirtualGuests", mask=_GUEST_MASK)
        records |= {str(whole_at(guest, "id")): guest for guest in as_records(answer)}
    if any(not identifier.isdecimal() for identifier in items.servers.values()):
        answer = await session.api.read("Account", "getHardware", mask=_HARDWARE_MASK)
        records |= {text_at(server, "globalIdentifier"): server for server in as_records(answer)}
    dates = {
        name: text_at(records[identifier], _DATE)
        for name, identifier in items.servers.items()
        if identifier in records
    }
    failure = ""
    if items.global_ip:
        try:
            dates[GLOBAL_IP] = await _global_ip_date(session, items.global_ip)
        except ProviderError as error:
            failure = str(error)
    return Cancellations({name: date for name, date in dates.items() if date}, failure)


async def _global_ip_date(session: Session, number: int) -> str:
    answer = await session.api.read("Account", "getGlobalIpRecords", mask=_GLOBAL_IP_MASK)
    return next(
        (text_at(record, _DATE) for record in as_records(answer) if whole_at(record, "id") == number), ""
    )


def read_request(text_in: str) -> tuple[str, StackItems]:
    """Read standard input: the configuration as JSON, and the items.

    Raises:
        ProviderError: Standard input has no such object.
    """
    try:
        request = json.loads(text_in)
        servers = {str(name): str(identifier) for name, identifier in request["servers"].items()}
        items = StackItems(servers, int(request.get("globalIp") or 0))
        return json.dumps(request.get("configuration") or {}), items
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ProviderError(f"standard input must be an object with servers ({error})") from None


def main() -> int:
    """Run the command; the exit code."""
    return run_command(lambda: read_request(sys.stdin.read()), _report)


async def _report(session: Session, items: StackItems) -> Mapping[str, object]:
    answer = await cancellations(session, items)
    return {"cancellations": dict(answer.dates), "failure": answer.failure}


if __name__ == "__main__":
    sys.exit(main())
