"""Servers that stand in for each other are replaced one in a run.

A replaced server leaves with what is on it at the end of the run, and its clients with it. Where all of them
are replaced at once, none is left at an address that clients know.
"""

from provider.resources.contract import Change, Failure
from provider.resources.fields import Field
from provider.session import Session
from provider.values import Properties, Value, text

NAME = "replacementGroup"


def _check_name(value: Value) -> str | None:
    return None if str(value).strip() else "must not be empty"


FIELD = Field(NAME, creation_only=True, rule=_check_name)
"""Never compared: what the program says in this run counts."""


def check_turn(session: Session, urn: str, inputs: Properties, changes: tuple[Change, ...]) -> list[Failure]:
    """Return why a server must not be replaced in this run.

    Args:
        session: Session of this process.
        urn: URN of the server.
        inputs: Inputs as the program has them.
        changes: Changes of its inputs.
    """
    group = text(inputs, NAME)
    replacing = [change for change in changes if change.replaces]
    if not group or not replacing:
        return []
    first = session.replacements.setdefault(group, urn)
    if first == urn:
        return []
    names = [name.rpartition("::")[2] for name in (first, urn)]
    return [
        Failure(
            replacing[0].path,
            f"takes a new server for {names[1]} in the same run as one for {names[0]}, and they stand in for "
            f"each other; nothing was ordered. Change one of them, run pulumi up, then change the other",
        )
    ]
