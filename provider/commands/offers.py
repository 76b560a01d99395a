"""`python -m provider.commands.offers`: what the account can order, and what servers would cost.

Standard input holds a JSON object: `configuration`, the provider's, as `route` takes it, and one
question: `{"question": "locations"}`, `{"question": "sizes", "datacenter": NAME}` or `{"question": "quotes",
"servers": [{"datacenter", "os", "flavor" or "preset", "hourly"}]}`. Prints

    {"datacenters": [{"name", "longName"}], "systems": [CODE], "swift": [DATACENTER]}         for locations
    {"flavors": [SIZE], "presets": [SIZE]}     SIZE as the functions `getFlavors` show it, for sizes
    {"quotes": [{"hourly": USD, "monthly": USD}]}             for quotes, in the order of the servers

Orders nothing. Exit code 1 and one line on standard error where the account cannot be asked or would refuse
the order.
"""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence

from provider.commands.account_command import run_command
from provider.errors import InvalidInputError, ProviderError
from provider.resources.bare_metal.quote import quote_metal
from provider.resources.functions.get_datacenters import GetDatacenters
from provider.resources.functions.get_flavors import GetFlavors
from provider.resources.functions.get_images import operating_systems
from provider.resources.storage.account_records import list_accounts
from provider.resources.virtual_guest.order import GuestOrders
from provider.resources.virtual_guest.quote import quote_guest
from provider.session import Session
from provider.softlayer.records import as_record, text_at
from provider.values import Properties, Value

Request = Mapping[str, object]
Answer = Mapping[str, object]


async def locations(session: Session, request: Request) -> Answer:
    """Return datacenters, operating systems, and the datacenters of the account's object storage."""
    datacenters, options, accounts = await asyncio.gather(
        GetDatacenters().call(session, {}),
        session.api.read("Virtual_Guest", "getCreateObjectOptions"),
        list_accounts(session),
    )
    swift = {text_at(account, "serviceResource.datacenter.name") for account in accounts} - {""}
    systems = [system["code"] for system in operating_systems(as_record(options))]
    return {"datacenters": datacenters["datacenters"], "systems": systems, "swift": sorted(swift)}


async def sizes(session: Session, request: Request) -> Answer:
    """Return flavors and presets of a datacenter with their prices; a kind that is not sold has none.

    Raises:
        InvalidInputError: The datacenter does not exist; names the nearest.
    """
    datacenter = str(request.get("datacenter") or "")

    async def of(kind: str) -> Value:
        try:
            answer = await GetFlavors().call(session, {"datacenter": datacenter, "kind": kind})
        except InvalidInputError as error:
            if error.property_path != "kind":
                raise
            return []
        return answer["flavors"]

    flavors, presets = await asyncio.gather(of("virtual"), of("metal"))
    return {"flavors": flavors, "presets": presets}


async def quotes(session: Session, request: Request) -> Answer:
    """Return what servers would cost in USD; None where the account is not asked.

    Raises:
        InvalidInputError: The account would refuse the order; names the property and the nearest.
    """
    servers = request.get("servers")
    orders = GuestOrders()

    async def quote(server: object) -> Mapping[str, Value]:
        values = server if isinstance(server, Mapping) else {}
        inputs = _inputs(values)
        cost = await (
            quote_metal(session, inputs)
            if "preset" in inputs
            else quote_guest(session, inputs, orders.offered)
        )
        return {"hourly": cost.get("hourlyCost"), "monthly": cost.get("monthlyCost")}

    listed: Sequence[object] = servers if isinstance(servers, list) else []
    return {"quotes": list(await asyncio.gather(*(quote(server) for server in listed)))}


def _inputs(server: Mapping[str, object]) -> Properties:
    """Return the inputs of the order; host name and domain cannot change the cost."""
    inputs: dict[str, Value] = {
        "hostname": "quote",
        "domain": "example.com",
        "datacenter": str(server.get("datacenter") or ""),
        "osCode": str(server.get("os") or ""),
        "hourly": bool(server.get("hourly", True)),
        "networkSpeed": 1000,
        "privateNetworkOnly": False,
    }
    sizes_given = {key: str(server[key]) for key in ("flavor", "preset") if server.get(key)}
    return {**inputs, **sizes_given}


QUESTIONS: Mapping[str, Callable[[Session, Request], Awaitable[Answer]]] = {
    "locations": locations,
    "sizes": sizes,
    "quotes": quotes,
}
"""By name."""


async def answer(session: Session, request: Request) -> Answer:
    """Answer a request.

    Args:
        session: Session of the account.
        request: Request as `read_request` returns it.

    Raises:
        ProviderError: The account does not answer, or the request is unknown.
    """
    question = QUESTIONS.get(str(request.get("question")))
    if question is None:
        raise ProviderError(f"the question must be one of {', '.join(QUESTIONS)}")
    return await question(session, request)


def read_request(text_in: str) -> tuple[str, Request]:
    """Read standard input: the configuration as JSON, and the request.

    Raises:
        ProviderError: Standard input has no such object.
    """
    try:
        request = json.loads(text_in)
        return json.dumps(request.get("configuration") or {}), request
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ProviderError(f"standard input must be an object with a question ({error})") from None


def main() -> int:
    """Run the command; the exit code."""
    return run_command(lambda: read_request(sys.stdin.read()), answer)


if __name__ == "__main__":
    sys.exit(main())
