"""Finds exactly one VLAN or subnet: what `getVlan` and `getSubnet` share."""

from collections.abc import Callable, Mapping

from provider.errors import NotFoundError, ProviderError
from provider.resources.contract import Checked, Failure
from provider.resources.fields import Field, check_fields
from provider.session import Session
from provider.softlayer.records import Record, as_record, as_records, at
from provider.values import Properties, Value, whole

SPACES = ("PUBLIC", "PRIVATE")
MAX_NAMED = 5
"""Networks named when several match (choice)."""


def positive(value: Value) -> str | None:
    """A rule: a whole number above 0."""
    return None if isinstance(value, int) and value > 0 else f"must be above 0, not {value}"


def space(value: Value) -> str | None:
    """A rule: one of the two networks."""
    return None if value in SPACES else f"must be {' or '.join(SPACES)}, not {value!r}"


def check_search(fields: tuple[Field, ...], identifier: str, arguments: Properties) -> Checked:
    """By the table; the identifier, or at least one other argument, never both."""
    checked = check_fields(fields, arguments)
    criteria = [field.name for field in fields if field.name in checked.inputs and field.name != identifier]
    failures = list(checked.failures)
    if identifier in checked.inputs:
        failures += [Failure(name, f"cannot be given along with {identifier}") for name in criteria]
    elif not criteria:
        criterion_names = ", ".join(field.name for field in fields if field.name != identifier)
        failures.append(Failure(identifier, f"is required, or at least one of {criterion_names}"))
    return Checked(checked.inputs, tuple(failures))


async def find_one(
    session: Session,
    arguments: Properties,
    source: tuple[str, str, str, str],
    mask: str,
    paths: Mapping[str, str],
    describe: Callable[[Record], str],
) -> Record:
    """The one network that is what the arguments say.

    Args:
        session: the configured provider.
        arguments: checked.
        source: the service, the argument that holds an id, the account's list and the name of its filter.
        mask: what to ask for.
        paths: where the API has each other argument.
        describe: says which one a network is, for messages.

    Raises:
        NotFoundError: there is none.
        ProviderError: there is more than one.
    """
    service, identifier, listed, root = source
    criteria = ", ".join(f"{name} {arguments[name]!r}" for name in arguments)
    number = whole(arguments, identifier)
    if number is not None:
        return as_record(await session.api.read(service, "getObject", id=number, mask=mask))
    object_filter: dict[str, object] = {root: _filter(arguments, paths)}
    answer = await session.api.read("Account", listed, mask=mask, filter=object_filter)
    # A filter that the API does not understand is ignored there, not refused.
    networks = [network for network in as_records(answer) if _is(network, arguments, paths)]
    if not networks:
        raise NotFoundError(f"This account has nothing in {root} with {criteria}.")
    if len(networks) > 1:
        more = f" and {len(networks) - MAX_NAMED} more" if len(networks) > MAX_NAMED else ""
        names = ", ".join(describe(network) for network in networks[:MAX_NAMED])
        raise ProviderError(
            f"{len(networks)} {root} have {criteria}: {names}{more}. Give more arguments of "
            "the one that is meant."
        )
    return networks[0]


def _filter(arguments: Properties, paths: Mapping[str, str]) -> dict[str, object]:
    tree: dict[str, object] = {}
    for name, path in paths.items():
        if name in arguments:
            outer, _, inner = path.partition(".")
            condition = {"operation": arguments[name]}
            tree[outer] = {inner: condition} if inner else condition
    return tree


def _is(network: Record, arguments: Properties, paths: Mapping[str, str]) -> bool:
    return all(
        str(at(network, path) or "").lower() == str(arguments[name]).lower()
        for name, path in paths.items()
        if name in arguments
    )
