"""The account behind the credentials: which it is, and whether its user sees what is billed.

A silent answer is believed only where these two are known. Credentials of another account find none of a
stack's servers, and a user without billing rights finds none of their billing items; neither means that
anything is gone.
"""

import asyncio
from typing import Protocol, TypeVar

from provider.errors import AnotherAccountError, DeniedError, ProviderError, RefusedCallError
from provider.softlayer.records import as_record, as_records, text_at, whole_at
from provider.softlayer.server_listing import ApiReader
from provider.values import Properties, whole

ACCOUNT_ID = "accountId"
"""The output that every resource has: the number of the account it lives in."""
HIDDEN_BILLING = "billingHidden"
"""What this provider adds to a server's record whose billing item its user cannot see."""
Answer = TypeVar("Answer")


class Credentials(Protocol):
    """Credentials by name.

    Attributes:
        username: The API user.
        endpoint_url: URL of the API of the account.
    """

    @property
    def username(self) -> str:
        """The API user."""

    @property
    def endpoint_url(self) -> str:
        """Where the account is asked for."""


class Account:
    """The account that these credentials belong to; each request is sent once a process."""

    def __init__(self, api: ApiReader, credentials: Credentials) -> None:
        """Nothing is called yet.

        Args:
            api: Client of the API.
            credentials: Credentials, for messages.
        """
        self._api = api
        self._credentials = credentials
        self._number: asyncio.Task[int] | None = None
        self._billing_visibility: asyncio.Task[bool] | None = None
        self._recorded: set[int] = set()

    async def number(self) -> int:
        """Return the account's number.

        Raises:
            ApiError: The account does not answer.
        """
        if self._number is None or _failed(self._number):
            self._number = asyncio.ensure_future(self._fetch_number())
        return await asyncio.shield(self._number)

    def remember(self, outputs: Properties) -> None:
        """Note the account of a resource that the state holds, for `check_new`."""
        recorded = whole(outputs, ACCOUNT_ID)
        if recorded is not None:
            self._recorded.add(recorded)

    async def check_new(self) -> int:
        """Return the account's number, for a resource that is to be created beside those of the state.

        Raises:
            AnotherAccountError: The resources of the state that this process was shown are in another one.
            ApiError: The account does not answer.
        """
        number = await self.number()
        other_accounts = self._recorded - {number}
        if other_accounts:
            raise self._other_account_error(
                "The stack's other resources are", min(other_accounts), number, "Nothing was ordered."
            )
        return number

    async def check_same(self, what: str, outputs: Properties) -> int:
        """Return the account's number, for a resource that the state holds.

        Args:
            what: The resource, at the beginning of a sentence.
            outputs: Outputs that the state holds of the resource; without an account for one that is new to
                the state.

        Raises:
            AnotherAccountError: The resource is in another account.
            ApiError: The account does not answer.
        """
        number, recorded = await self.number(), whole(outputs, ACCOUNT_ID)
        if recorded is not None and recorded != number:
            kept = "Nothing was changed, and it stays in the state."
            raise self._other_account_error(f"{what} is", recorded, number, kept)
        return number

    async def shows_billing(self) -> bool:
        """Return whether the user sees billing items at all, cancelled ones included.

        Where one is missing beside others, it is gone; where none is seen, nothing follows. That a user
        without billing rights gets an empty list or a refusal is a choice: SoftLayer does not document it.

        Raises:
            ApiError: The account does not answer.
        """
        if self._billing_visibility is None or _failed(self._billing_visibility):
            self._billing_visibility = asyncio.ensure_future(self._fetch_billing_visibility())
        return await asyncio.shield(self._billing_visibility)

    async def _fetch_number(self) -> int:
        record = as_record(await self._api.read("Account", "getObject", mask="mask[id]"))
        number = whole_at(record, "id")
        if number is None:
            raise ProviderError(
                f"Account::getObject at {self._credentials.endpoint_url} has no id in its answer, so that it "
                "cannot be told which account the credentials belong to. Nothing was changed. Run the same "
                "command again."
            )
        return number

    async def _fetch_billing_visibility(self) -> bool:
        try:
            answer = await self._api.read("Account", "getAllBillingItems", mask="mask[id]", limit=1)
        except (RefusedCallError, DeniedError):
            return False
        return bool(as_records(answer))

    def _other_account_error(
        self, what: str, recorded: int, number: int, outcome: str
    ) -> AnotherAccountError:
        return AnotherAccountError(
            f"{what} in SoftLayer account {recorded}, but the credentials of user "
            f"{self._credentials.username} belong to account {number}. {outcome} Set softlayer:username and "
            f"softlayer:apiKey, or SL_USERNAME and SL_API_KEY, to a user of account {recorded}, and run the "
            "same command again."
        )


class BillingAwareReads:
    """Calls for servers, in whose answers a hidden billing item is distinguished from a missing one."""

    def __init__(self, api: ApiReader, account: Account) -> None:
        """Nothing is called yet.

        Args:
            api: Client of the API.
            account: Account whose servers they are.
        """
        self._api = api
        self._account = account

    async def read(self, service: str, method: str, *args: object, **options: object) -> object:
        """Read as `SoftLayerApi.read` does; see `mark_hidden_billing`."""
        answer = await self._api.read(service, method, *args, **options)
        await mark_hidden_billing(self._account, answer)
        return answer


async def mark_hidden_billing(account: Account, answer: object) -> None:
    """Mark the provisioned servers whose billing item is missing only because the user sees none.

    Args:
        account: Account that has the servers; requested only where one has no billing item.
        answer: A server, or a list of servers, as SoftLayer answered; the marks are added to it.
    """
    servers = answer if isinstance(answer, list) else [answer]
    for server in servers:
        if not isinstance(server, dict) or not text_at(server, "provisionDate") or server.get("billingItem"):
            continue
        if not await account.shows_billing():
            server[HIDDEN_BILLING] = True


def _failed(task: "asyncio.Task[Answer]") -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)
