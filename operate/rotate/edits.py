"""Edits of a stack file that are not deployed, beside which no rotation begins or is given up."""

from collections.abc import Sequence

from operate.error import OperateError, RefusedError


class PreviewError(OperateError):
    """Pulumi cannot preview the stack file, for example because an edit would change what is live."""


def require_no_edits(edits: Sequence[str], what: str) -> None:
    """Refuse edits that the next `pulumi up` would deploy as well.

    Args:
        edits: Names of settings, without those that the rotation writes itself.
        what: Operation that would deploy them, for people.

    Raises:
        RefusedError: The stack file has such edits; nothing was changed.
    """
    if edits:
        raise RefusedError(
            f"the stack file has edits that are not deployed ({', '.join(edits)}), and {what} would deploy"
            " them as well; nothing was changed. Take them back in the stack file, run the same command"
            " again, then edit it anew"
        )
