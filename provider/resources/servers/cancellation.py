"""How a server is cancelled: one billed by the month only where the program says how, since money is lost.

The program's present word counts for a server of the program. The engine shows it by Check in the same run,
also where the server to be deleted is one that was replaced, whose inputs in the state are older. What has
left the program is cancelled as its state says.
"""

from provider.errors import ProviderError
from provider.resources.contract import Change, Failure, State
from provider.resources.fields import Field
from provider.session import Session
from provider.values import Properties, Value, flag, text

IMMEDIATE, ANNIVERSARY = "immediate", "anniversary"
NAME = "cancellation"


def _check_choice(value: Value) -> str | None:
    choices = (IMMEDIATE, ANNIVERSARY)
    return None if value in choices else f"must be {' or '.join(choices)}, not {value!r}"


FIELD = Field(NAME, rule=_check_choice)


def record_choice(session: Session, urn: str, inputs: Properties) -> None:
    """Note how the program cancels one of its servers."""
    session.cancellations[urn] = text(inputs, NAME)


def cancellation(session: Session, urn: str, identifier: str, old: State) -> str:
    """Return how a server is to be cancelled, `immediate` or `anniversary`.

    Raises:
        ProviderError: The server is billed by the month, and nothing says how; nothing was cancelled.
    """
    how = session.cancellations.get(urn) or text(old.inputs, NAME)
    if how or flag(old.inputs, "hourly"):
        return how or IMMEDIATE
    until = text(old.outputs, "paidUntil") or "its next bill date"
    raise ProviderError(
        f"Server {identifier} is billed by the month and paid until {until}. It was not cancelled. Set "
        "cancellation to anniversary (it runs until then) or immediate (nothing is paid back), run pulumi "
        "up, then the same command again."
    )


def lacks_cancellation(inputs: Properties) -> bool:
    """Return whether a server is billed by the month, and nothing says how it is cancelled."""
    return inputs.get("hourly") is False and not text(inputs, NAME)


def check_replacement(olds: Properties, changes: tuple[Change, ...]) -> list[Failure]:
    """Replacing a monthly server loses what is paid, so the state must say how it is to be cancelled."""
    return [
        Failure(
            change.path,
            "takes a new server while this one is paid by the month; set cancellation to anniversary or "
            "immediate and run pulumi up first, then change it",
        )
        for change in changes
        if change.replaces and lacks_cancellation(olds)
    ]


def forced_replacement(token: str) -> ProviderError:
    """Return the error of a `--replace` of a monthly server, of which nothing says how it is cancelled.

    Args:
        token: The order token of the server in the state.
    """
    return ProviderError(
        f"The server whose name ends with -{token} would be replaced, and is billed by the month. Nothing "
        "was ordered. Set cancellation to anniversary or immediate, run pulumi up, then the same command "
        "again."
    )
