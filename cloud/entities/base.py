"""The SoftLayer object of a record, without knowing which module makes it.

A server shows its VLANs, and these their servers; a placement group shows its servers, and these their group.
Each module registers what it makes, so that a relation can lead back without an import.
"""

from functools import singledispatch

from cloud.account.account import Account
from cloud.values import Entity


@singledispatch
def entity_of(record: object, account: Account) -> Entity:
    """Return the SoftLayer object of a record.

    Raises:
        TypeError: No module has registered an object for records of this type.
    """
    raise TypeError(f"{type(record).__name__} of account {account.settings.username} has no SoftLayer object")
