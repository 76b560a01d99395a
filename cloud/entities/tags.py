"""Tags, as the objects that bear them show them."""

from collections.abc import Sequence

from cloud.account.account import ACCOUNT_ID
from cloud.values import Entity, Value, structure

_MOST = 2_000_000_000


def tag_references(owner: int, tags: Sequence[str]) -> list[Value]:
    """Return the SoftLayer_Tag_References of an object's tags."""
    return [_reference(owner, at, name) for at, name in enumerate(tags)]


def _reference(owner: int, at: int, name: str) -> Entity:
    number = (owner * 100 + at) % _MOST
    tag = structure("SoftLayer_Tag", {"id": number, "name": name, "internal": 0, "accountId": ACCOUNT_ID})
    local = {"id": number + 1, "resourceTableId": owner, "tagId": number, "tagTypeId": 2}
    return Entity("SoftLayer_Tag_Reference", local, {"tag": lambda: tag})
