"""Asks the operator before something is ordered."""

import sys
from collections.abc import Callable

import typer


def confirm_by(*, yes: bool) -> Callable[[str], bool]:
    """Return what asks the operator before an order; it never waits where nobody can answer.

    Args:
        yes: Whether the operator has agreed beforehand.
    """

    def confirm(question: str) -> bool:
        if yes:
            return True
        if not sys.stdin.isatty():
            from operate.error import RefusedError

            raise RefusedError(
                "nothing was ordered: there is no terminal on which to agree to the plan above; run the"
                " command again with --yes"
            )
        return typer.confirm(question, err=True)

    return confirm
