"""One silence proves nothing missing: what getObject does not find is searched in the account's list.

What Read believes gone leaves the state, whatever `protect` says, and the next `pulumi up` orders it again.
"""

from dataclasses import dataclass

from provider.errors import ProviderError
from provider.session import Session
from provider.softlayer.records import as_records, whole_at


@dataclass(frozen=True)
class AccountList:
    """One of the account's lists.

    Attributes:
        noun: Noun for what it lists, for messages, at the beginning of a sentence.
        method: Method of SoftLayer_Account.
        root: Key under which its filter is.
    """

    noun: str
    method: str
    root: str


SSH_KEYS = AccountList("SSH key", "getSshKeys", "sshKeys")
SECURITY_GROUPS = AccountList("Security group", "getSecurityGroups", "securityGroups")
PLACEMENT_GROUPS = AccountList("Placement group", "getPlacementGroups", "placementGroups")
GLOBAL_IPS = AccountList("Global IP", "getGlobalIpRecords", "globalIpRecords")


async def confirm_missing(session: Session, listing: AccountList, number: int) -> None:
    """Return where the account's list lacks it too.

    Args:
        session: The configured provider.
        listing: List of the account where it would be.
        number: Id that getObject did not find.

    Raises:
        ProviderError: The list has it.
    """
    chosen = {listing.root: {"id": {"operation": number}}}
    answer = await session.api.read("Account", listing.method, mask="mask[id]", filter=chosen)
    # A filter that the API does not understand is ignored there, not refused.
    if any(whole_at(record, "id") == number for record in as_records(answer)):
        raise contradiction(
            f"{listing.noun} {number}", "getObject does not find it, but the account lists it"
        )


def contradiction(what: str, answers: str) -> ProviderError:
    """Return the error of two answers that cannot both be right; the resource stays in the state.

    Args:
        what: The resource, at the beginning of a sentence.
        answers: The two.
    """
    return ProviderError(
        f"{what}: {answers}. It is not taken for gone and stays in the state; nothing was changed. Run the "
        "same command again in a few minutes."
    )


async def is_billed(session: Session, record: object) -> bool:
    """Return whether something is still billed, as far as the user can see.

    Args:
        session: The configured provider.
        record: Record with `billingItem[id]`; a missing one means nothing to a user who sees no billing
            items.
    """
    item = next(iter(as_records([record])), {})
    return whole_at(item, "billingItem.id") is not None or not await session.account.shows_billing()


def no_billing_rights(session: Session, what: str) -> ProviderError:
    """Return the error where something cannot be cancelled, since its billing item is hidden from the user.

    Args:
        session: The configured provider.
        what: The resource, at the beginning of a sentence.
    """
    return ProviderError(
        f"{what} cannot be cancelled: user {session.settings.username} sees no billing items. Nothing was "
        "changed. Give the user the permission to view and cancel services, or use another user of the same "
        "account, then run the same command again."
    )
