"""Searches for one item of the account by what it exactly is: what such functions share. Pure."""

from collections.abc import Mapping

from provider.resources.contract import Checked, Failure
from provider.resources.fields import Field, check_fields
from provider.softlayer.records import Record, at
from provider.values import Properties

MAX_NAMED = 5
"""Items named when several match (choice)."""


def check_search(fields: tuple[Field, ...], identifier: str, arguments: Properties) -> Checked:
    """Check the inputs by the table; the identifier, or at least one other argument, never both."""
    checked = check_fields(fields, arguments)
    criteria = [field.name for field in fields if field.name in checked.inputs and field.name != identifier]
    failures = list(checked.failures)
    if identifier in checked.inputs:
        failures += [Failure(name, f"cannot be given along with {identifier}") for name in criteria]
    elif not criteria:
        criterion_names = ", ".join(field.name for field in fields if field.name != identifier)
        failures.append(Failure(identifier, f"is required, or at least one of {criterion_names}"))
    return Checked(checked.inputs, tuple(failures))


def object_filter(arguments: Properties, paths: Mapping[str, str]) -> dict[str, object]:
    """Return the API's filter for what arguments say.

    Args:
        arguments: Checked arguments.
        paths: Dotted paths of one or two parts where the API has each argument.
    """
    tree: dict[str, object] = {}
    for name, path in paths.items():
        if name in arguments:
            outer, _, inner = path.partition(".")
            condition = {"operation": arguments[name]}
            tree[outer] = {inner: condition} if inner else condition
    return tree


def matches(record: Record, arguments: Properties, paths: Mapping[str, str]) -> bool:
    """Return whether an item is exactly what the arguments describe.

    The API ignores filters it does not understand.
    """
    return all(
        str(at(record, path) or "").lower() == str(arguments[name]).lower()
        for name, path in paths.items()
        if name in arguments
    )
