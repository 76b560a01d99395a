"""What an adoption notes in the stack file at its beginning; pure."""

from operate.lock.holder import Holder

NEW_ROOT = "newRoot"
"""Key within the note where the adoption makes a new root secret, which its later runs find in the state."""
HOST_KEYS = "hostKeys"
"""Key within the note with the fingerprints that the operator accepts, by the ids of items taken over."""
RUN_VARIABLE = "SOFTLAYER_REGISTRY_RUN_OF_ADOPT"
"""Environment variable that `operate adopt` sets, and with which the program runs all the same."""


def adoption_note(me: Holder, *, makes_root: bool) -> dict[str, object]:
    """Return what notes the beginning of an adoption.

    Args:
        me: Operator who adopts.
        makes_root: Whether the root secret was lost, so that a new one is made.
    """
    new_root = {NEW_ROOT: True} if makes_root else {}
    return {"since": me.since, "by": me.owner, **new_root}
