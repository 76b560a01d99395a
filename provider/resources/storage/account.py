"""`softlayer:index:ObjectStorageAccount` over SoftLayer_Network_Storage of vendor Swift.

Ordered as `provider.resources.storage.account_order` describes.
"""

import asyncio
from collections.abc import Collection

from provider.errors import (
    REFRESH,
    ApiError,
    CancelledError,
    InvalidInputError,
    NotFoundError,
    RefusedCallError,
    UnfinishedError,
    WaitTimeoutError,
)
from provider.resources.by_table import ByTable
from provider.resources.contract import Created, Live, State, Target
from provider.resources.fields import Field, filled
from provider.resources.missing import is_billed, no_billing_rights
from provider.resources.storage.account_order import (
    FIRST_PAUSE,
    LONGEST_PAUSE,
    SECONDS,
    check_offered,
    note_name,
    obtain_account,
    order_container,
    refused_order,
)
from provider.resources.storage.account_records import (
    account_login,
    account_outputs,
    confirm_account_missing,
    find_account,
    find_billed_account,
    first_login,
    list_accounts,
    read_endpoints,
)
from provider.resources.storage.contents import check_empty
from provider.session import Session
from provider.softlayer.quotes import Cost, cost_of
from provider.softlayer.records import Record, as_record, text_at, whole_at
from provider.values import UNKNOWN, Properties, flag, text

COMPUTED = (
    "accountName",
    "username",
    "key",
    "authUrl",
    "privateAuthUrl",
    "endpoints",
    "credentials",
    "monthlyCost",
)


FIELDS = (
    Field("datacenter", required=True, replaces=True, rule=filled),
    Field("forceDestroy", bool, default=False),
)


class ObjectStorageAccount(ByTable):
    """The handler; see `provider.resources.contract.Resource`."""

    token = "softlayer:index:ObjectStorageAccount"  # noqa: S105 - a type token
    fields = FIELDS
    secret_outputs = frozenset({"key", "credentials"})
    noun = "object storage account"

    def note_name(self, session: Session, urn: str) -> str:
        """Return what the journal knows its order by."""
        return note_name(session, urn)

    def noted_id(self, identifier: str, old: State) -> int | None:
        """Return its number."""
        return int(identifier)

    async def is_gone(self, session: Session, noted_id: str) -> bool:
        """Return whether an account is gone, or no longer billed."""
        return await find_billed_account(session, int(noted_id)) is None

    async def is_alone(
        self, session: Session, noted_id: int, previous_ids: Collection[int], old: State
    ) -> bool:
        """Return whether every other account is one of before, or no longer billed."""
        accounts = [
            account
            for account in await list_accounts(session)
            if whole_at(account, "id") not in (noted_id, *previous_ids)
        ]
        return not any([await is_billed(session, account) for account in accounts])

    def preview(self, inputs: Properties, outputs: Properties | None) -> Properties:
        """A new account's outputs are unknown."""
        computed = outputs or dict.fromkeys(COMPUTED, UNKNOWN)
        return {**inputs, **{name: computed.get(name) for name in COMPUTED}}

    async def quote(self, session: Session, inputs: Properties, old: State | None) -> Properties:
        """Return what the account costs by itself; its content is paid by use."""
        datacenter = inputs.get("datacenter")
        if old is not None or not isinstance(datacenter, str):
            return {}

        async def ask() -> Cost:
            await check_offered(session, datacenter)
            order = order_container(datacenter)
            try:
                verified = await session.api.read("Product_Order", "verifyOrder", order)
            except RefusedCallError as error:
                raise refused_order(error) from None
            return cost_of(as_record(verified))

        cost = await session.quotes.of(f"ObjectStorageAccount {datacenter}", ask)
        return {} if cost is None else {"monthlyCost": cost.monthly}

    async def create(self, session: Session, target: Target, inputs: Properties) -> Created:
        """Order the account, or take over the one ordered before; then wait until it can be used.

        Raises:
            UnfinishedError: The account was ordered and is not ready in time; its id is kept.
        """
        account_id = await obtain_account(session, target.urn, inputs)
        try:
            account = await self._until_ready(session, target, account_id)
            endpoints = await read_endpoints(session, account_id, text(inputs, "datacenter"))
        except (ApiError, InvalidInputError, CancelledError, WaitTimeoutError) as error:
            reason = (
                f"Object storage account {account_id} is ordered but not ready: {error}. The next"
                " pulumi up waits for it."
            )
            raise UnfinishedError(str(account_id), inputs, (reason,)) from None
        return Created(str(account_id), account_outputs(session, inputs, account, endpoints))

    async def read(self, session: Session, target: Target, identifier: str, state: State) -> Live | None:
        """Return the account with its key as it is now.

        Raises:
            UnfinishedError: The account has no login yet.
        """
        account = await find_billed_account(session, int(identifier))
        if account is None:
            return None
        place = text_at(account, "serviceResource.datacenter.name")
        inputs = state.inputs or {"datacenter": place, "forceDestroy": False}
        endpoints = await read_endpoints(session, int(identifier), text(inputs, "datacenter"))
        outputs = account_outputs(session, inputs, account, endpoints)
        if not text(outputs, "key"):
            raise UnfinishedError(
                identifier, outputs, (f"object storage {identifier} has no login yet",), inputs
            )
        return Live(identifier, inputs, outputs)

    async def update(
        self, session: Session, target: Target, identifier: str, old: State, news: Properties
    ) -> Properties:
        """Record forceDestroy, and wait for an account that was not ready.

        Raises:
            UnfinishedError: The account is not ready in time.
        """
        try:
            account = await self._until_ready(session, target, int(identifier))
            endpoints = await read_endpoints(session, int(identifier), text(news, "datacenter"))
        except (ApiError, InvalidInputError, CancelledError, WaitTimeoutError) as error:
            raise UnfinishedError(identifier, {**old.outputs, **news}, (str(error),)) from None
        return account_outputs(session, news, account, endpoints)

    async def delete(self, session: Session, target: Target, identifier: str, old: State) -> None:
        """Cancel its billing item and wait until the account's list does not have it any more.

        The stack's own containers are deleted before, so what is still there was made by others.

        Raises:
            RefusedCallError: The account has containers, and forceDestroy is not set; nothing was cancelled.
            WaitTimeoutError: The account's list still has it after the time limit.
        """
        if session.tokens.deletes_its_own(target.urn, identifier):
            await session.reporter.warning(
                target.urn,
                f"Object storage account {identifier} was not replaced: the provider did not know yet that"
                " the "
                "state holds it; a run that was cut short could have ordered it. The same command replaces"
                " it.",
            )
            return
        loop = asyncio.get_running_loop()
        deadline = loop.time() + (target.timeout or SECONDS)
        pause = FIRST_PAUSE
        account = await find_account(session, int(identifier))
        if account is None:
            await confirm_account_missing(session, int(identifier))
        if (
            account is not None
            and whole_at(account, "billingItem.id")
            and not flag(old.inputs, "forceDestroy")
        ):
            async with session.guard.judging():
                await self._check_empty(session, identifier, account, old)
        while account is not None:
            item = whole_at(account, "billingItem.id")
            if item is None and await is_billed(session, account):
                raise no_billing_rights(session, f"Object storage account {identifier}")
            if item is not None:
                await session.api.write("Billing_Item", "cancelService", id=item)
            if loop.time() > deadline:
                raise WaitTimeoutError(
                    f"Object storage account {identifier} was cancelled but is still listed. Run again."
                )
            await session.stop.sleep(pause)
            pause = min(pause * 1.5, LONGEST_PAUSE)
            account = await find_account(session, int(identifier))

    async def _check_empty(self, session: Session, identifier: str, account: Record, old: State) -> None:
        """Refuse to take others' containers along."""
        place, url = text(old.inputs, "datacenter"), text(old.outputs, "authUrl")
        user = await account_login(session, int(identifier), account, place, url)
        if user is None:
            return  # never delivered, so that nobody can have kept anything there
        what = f"Object storage account {identifier} ({text_at(account, 'username')})"
        await check_empty(session, what, user)

    async def _until_ready(self, session: Session, target: Target, account_id: int) -> Record:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + (target.timeout or SECONDS)
        pause = FIRST_PAUSE
        while True:
            account = await find_account(session, account_id)
            if account is not None and first_login(account):
                return account
            if account is None and pause >= LONGEST_PAUSE:
                raise NotFoundError(f"object storage account {account_id} is gone; run {REFRESH}")
            if loop.time() > deadline:
                raise WaitTimeoutError("it has no login yet")
            await session.reporter.progress(target.urn, f"object storage {account_id}: waits for its login")
            await session.stop.sleep(pause)
            pause = min(pause * 1.5, LONGEST_PAUSE)
