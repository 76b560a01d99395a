"""`softlayer:index:ObjectStorageAccount` over SoftLayer_Network_Storage of vendor Swift.

Ordered by placeOrder of package 0, price 30920 (terraform-provider-ibm and -softlayer). Nothing of such an
order can carry a token, so before it goes out the accounts that are there are noted on disk; after a crash
the one account that was not among them is the one ordered. That holds for a repeat on the same machine,
which is as far as the API lets.
"""

import asyncio
import difflib
import json
from collections.abc import Mapping

from provider.errors import (
    REFRESH,
    ApiError,
    CancelledError,
    InterruptedCallError,
    InvalidInputError,
    NotFoundError,
    ProviderError,
    RefusedCallError,
    UnfinishedError,
    WaitTimeoutError,
)
from provider.orders.adoption import adopted_identifier
from provider.orders.token import order_token
from provider.resources.contract import Change, Checked, Created, Live, State, Target
from provider.resources.fields import Field, check_fields, diff_fields
from provider.resources.missing import contradiction, is_billed, no_billing_rights
from provider.resources.storage.contents import check_empty
from provider.session import Session
from provider.settings import ADOPT
from provider.softlayer.quotes import Cost, cost_of
from provider.softlayer.records import (
    Record,
    as_record,
    as_records,
    decimal_at,
    records_at,
    text_at,
    whole_at,
)
from provider.swift import SwiftLogin
from provider.values import UNKNOWN, Properties, Value, flag, text

MASK = (
    "mask[id,username,password,vendorName,credentials[username,password],serviceResource[datacenter[name]],"
    "billingItem[id,recurringFee,orderItem[order[id]]]]"
)
PACKAGE = 0
PRICE = 30920
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
SECONDS = 20 * 60
FIRST_PAUSE = 0.3
LONGEST_PAUSE = 10.0


def _filled(value: Value) -> str | None:
    return None if str(value).strip() else "must not be empty"


FIELDS = (
    Field("datacenter", required=True, replaces=True, rule=_filled),
    Field("forceDestroy", bool, default=False),
)


def order_container(datacenter: str) -> dict[str, object]:
    """SoftLayer's order for an account. Pure."""
    return {
        "complexType": "SoftLayer_Container_Product_Order",
        "packageId": PACKAGE,
        "location": datacenter,
        "quantity": 1,
        "prices": [{"id": PRICE}],
    }


class ObjectStorageAccount:
    """The handler; see `provider.resources.contract.Resource`."""

    token = "softlayer:index:ObjectStorageAccount"  # noqa: S105 - a type token
    secret_outputs = frozenset({"key", "credentials"})

    def check(self, session: Session, urn: str, olds: Properties, news: Properties) -> Checked:
        """By the table."""
        return check_fields(FIELDS, news)

    def diff(self, session: Session, urn: str, old: State, news: Properties) -> tuple[Change, ...]:
        """By the table. The state holds the account, so the note of its order has served."""
        session.journal.closed(_note_name(session, urn))
        return diff_fields(FIELDS, old.inputs, old.outputs, news)

    def preview(self, inputs: Properties, outputs: Properties | None) -> Properties:
        """A new account's outputs are unknown."""
        computed = outputs or dict.fromkeys(COMPUTED, UNKNOWN)
        return {**inputs, **{name: computed.get(name) for name in COMPUTED}}

    async def quote(self, session: Session, inputs: Properties, old: State | None) -> Properties:
        """What the account costs by itself; what lies in it is paid by use."""
        datacenter = inputs.get("datacenter")
        if old is not None or not isinstance(datacenter, str):
            return {}

        async def ask() -> Cost:
            await self._check_offered(session, datacenter)
            order = order_container(datacenter)
            try:
                verified = await session.api.read("Product_Order", "verifyOrder", order)
            except RefusedCallError as error:
                raise _refused(error) from None
            return cost_of(as_record(verified))

        cost = await session.quotes.of(f"ObjectStorageAccount {datacenter}", ask)
        return {} if cost is None else {"monthlyCost": cost.monthly}

    async def create(self, session: Session, target: Target, inputs: Properties) -> Created:
        """Order the account, or take over the one ordered before; then wait until it can be used."""
        name = _note_name(session, target.urn)
        account_id = await self._adopted(session, target.urn, inputs)
        if account_id is None:
            account_id = await self._ordered_before(session, name)
        if account_id is None:
            await self._check_offered(session, text(inputs, "datacenter"))
            account_id = await self._order(session, inputs, name)
        else:
            session.tokens.adopted(target.urn, str(account_id))
        try:
            account = await self._until_ready(session, target, account_id)
            endpoints = await self._endpoints(session, account_id, text(inputs, "datacenter"))
        except (ApiError, InvalidInputError, CancelledError, WaitTimeoutError) as error:
            reason = (
                f"Object storage account {account_id} is ordered but not ready: {error}. pulumi up waits on."
            )
            raise UnfinishedError(str(account_id), inputs, (reason,)) from None
        return Created(str(account_id), _outputs(session, inputs, account, endpoints))

    async def read(self, session: Session, target: Target, identifier: str, state: State) -> Live | None:
        """The account with its key as it is now."""
        account = await self._get(session, int(identifier))
        if account is None:
            await self._confirm_missing(session, int(identifier))
        if account is None or not await is_billed(session, account):
            return None
        place = text_at(account, "serviceResource.datacenter.name")
        inputs = state.inputs or {"datacenter": place, "forceDestroy": False}
        endpoints = await self._endpoints(session, int(identifier), text(inputs, "datacenter"))
        outputs = _outputs(session, inputs, account, endpoints)
        if not text(outputs, "key"):
            raise UnfinishedError(
                identifier, outputs, (f"object storage {identifier} has no login yet",), inputs
            )
        return Live(identifier, inputs, outputs)

    async def update(
        self, session: Session, target: Target, identifier: str, old: State, news: Properties
    ) -> Properties:
        """ForceDestroy is bookkeeping; waits on for an account that was not ready."""
        try:
            account = await self._until_ready(session, target, int(identifier))
            endpoints = await self._endpoints(session, int(identifier), text(news, "datacenter"))
        except (ApiError, InvalidInputError, CancelledError, WaitTimeoutError) as error:
            raise UnfinishedError(identifier, {**old.outputs, **news}, (str(error),)) from None
        return _outputs(session, news, account, endpoints)

    async def delete(self, session: Session, target: Target, identifier: str, old: State) -> None:
        """Cancel its billing item and wait until it is gone from the account's list.

        The stack's own containers are deleted before, so what is still there was made by others.

        Raises:
            RefusedError: containers are there, and forceDestroy is not set; nothing was cancelled.
        """
        session.journal.closed(_note_name(session, target.urn))
        if session.tokens.deletes_its_own(target.urn, identifier):
            await session.reporter.warning(
                target.urn,
                f"Object storage account {identifier} was not replaced: nothing had told yet that the state "
                "holds it, so it could have been one that a lost run ordered. The same command replaces it.",
            )
            return
        loop = asyncio.get_running_loop()
        deadline = loop.time() + (target.timeout or SECONDS)
        pause = FIRST_PAUSE
        account = await self._get(session, int(identifier))
        if account is None:
            await self._confirm_missing(session, int(identifier))
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
            account = await self._get(session, int(identifier))

    async def _check_empty(self, session: Session, identifier: str, account: Record, old: State) -> None:
        """Refuse to take others' containers along."""
        place, url = text(old.inputs, "datacenter"), text(old.outputs, "authUrl")
        user = await self.login(session, int(identifier), account, place, url)
        if user is None:
            return  # never delivered, so that nobody can have kept anything there
        what = f"Object storage account {identifier} ({text_at(account, 'username')})"
        await check_empty(session, what, user)

    async def login(
        self, session: Session, account_id: int, account: Record, datacenter: str, auth_url: str = ""
    ) -> SwiftLogin | None:
        """The login of an account; None where it has none yet."""
        login = _credential(account)
        if not login:
            return None
        if not auth_url:
            endpoints = await self._endpoints(session, account_id, datacenter)
            auth_url = text_at(endpoints[datacenter], "publicEndpoint")
        return SwiftLogin(auth_url, text_at(login, "username"), text_at(login, "password"))

    async def _check_offered(self, session: Session, datacenter: str) -> None:
        """Refuse a datacenter that does not exist before anything is ordered."""
        datacenters = as_records(await session.api.read("Location", "getDatacenters", mask="mask[name]"))
        names = {text_at(place, "name") for place in datacenters}
        if names and datacenter not in names:
            near = difflib.get_close_matches(datacenter, names, 3, 0.5) or sorted(names)[:6]
            raise InvalidInputError(
                "datacenter",
                f"{datacenter!r} is no datacenter; nearest are {', '.join(near)}. Nothing was ordered.",
            )

    async def _endpoints(self, session: Session, account_id: int, datacenter: str) -> Mapping[str, Record]:
        """Where the account is reached, by datacenter; SoftLayer tells of all that have a cluster."""
        answer = await session.api.read(
            "Network_Storage", "getObjectStorageConnectionInformation", id=account_id
        )
        endpoints = {text_at(place, "datacenterShortName"): place for place in as_records(answer)}
        if datacenter not in endpoints:
            raise InvalidInputError(
                "datacenter",
                f"{datacenter!r} has no object storage cluster; there are "
                f"{', '.join(sorted(endpoints)) or 'none'}.",
            )
        return endpoints

    async def accounts(self, session: Session) -> tuple[Record, ...]:
        """The object storage accounts of the account."""
        answer = await session.api.read("Account", "getHubNetworkStorage", mask=MASK)
        return tuple(item for item in as_records(answer) if text_at(item, "vendorName") == "Swift")

    async def _get(self, session: Session, account_id: int) -> Record | None:
        return next(
            (item for item in await self.accounts(session) if whole_at(item, "id") == account_id), None
        )

    async def _confirm_missing(self, session: Session, account_id: int) -> None:
        """Return where the account is found by its id neither, or is no longer billed."""
        try:
            mask = "mask[id,billingItem[id]]"
            record = as_record(
                await session.api.read("Network_Storage", "getObject", id=account_id, mask=mask)
            )
        except NotFoundError:
            return
        if record and await is_billed(session, record):
            what = f"Object storage account {account_id}"
            raise contradiction(what, "the account does not list it, but getObject finds it")

    async def _adopted(self, session: Session, urn: str, inputs: Properties) -> int | None:
        """An account that is there already, for a state that was lost."""
        identifier = adopted_identifier(session, urn)
        if not identifier:
            return None
        account = await self._get(session, int(identifier)) if identifier.isdecimal() else None
        datacenter = text_at(account or {}, "serviceResource.datacenter.name")
        if account is None or datacenter != text(inputs, "datacenter"):
            where = f"is in {datacenter}" if account else "is not in the account"
            raise ProviderError(
                f"object storage {identifier}, which {ADOPT} names, {where}; must be one of"
                f" {text(inputs, 'datacenter')}. Nothing was ordered"
            )
        return int(identifier)

    async def _ordered_before(self, session: Session, name: str) -> int | None:
        """The account that an interrupted run ordered, if there was one."""
        age = session.journal.age(name)
        if age is None:
            return None
        previous_ids = set(json.loads(session.journal.note(name) or "[]"))
        return await self._find_created(session, previous_ids, session.settings.order_settle - age)

    async def _find_created(
        self, session: Session, previous_ids: set[int], seconds: float, order_id: int | None = None
    ) -> int | None:
        """The account that came up; one of another order, where that is known, did not."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        pause = FIRST_PAUSE
        while True:
            listed = await self.accounts(session)
            ids = [
                whole_at(item, "id")
                for item in listed
                if _order_of(item) in (None, order_id or _order_of(item))
            ]
            new = [number for number in ids if number is not None and number not in previous_ids]
            if len(new) == 1:
                return new[0]
            if new:
                raise ProviderError(
                    f"Object storage accounts {', '.join(map(str, new))} came up since an order was sent "
                    "whose answer "
                    "was lost. Import the right one (pulumi import) or cancel the others, then run again."
                )
            if loop.time() >= deadline:
                return None
            await session.stop.sleep(pause)
            pause = min(pause * 1.5, LONGEST_PAUSE)

    async def _order(self, session: Session, inputs: Properties, name: str) -> int:
        previous_ids = sorted(
            number for item in await self.accounts(session) if (number := whole_at(item, "id")) is not None
        )
        container = order_container(text(inputs, "datacenter"))
        session.journal.opened(name, json.dumps(previous_ids))
        seconds, order_id = float(SECONDS), None
        try:
            order_response = as_record(await session.api.order("Product_Order", "placeOrder", container))
            order_id = whole_at(order_response, "orderId")
            trouble = f"order {order_id} shows no account"
        except InterruptedCallError as error:
            trouble, seconds = str(error), session.settings.order_settle
        except ApiError as error:
            session.journal.closed(name)
            raise _refused(error) from None
        account_id = await self._find_created(session, set(previous_ids), seconds, order_id)
        if account_id is None:
            raise ProviderError(
                f"Object storage was ordered, but no new account showed ({trouble}). It was not ordered "
                "again; run the "
                "same command again, it looks first."
            )
        return account_id

    async def _until_ready(self, session: Session, target: Target, account_id: int) -> Record:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + (target.timeout or SECONDS)
        pause = FIRST_PAUSE
        while True:
            account = await self._get(session, account_id)
            if account is not None and _credential(account):
                return account
            if account is None and pause >= LONGEST_PAUSE:
                raise NotFoundError(f"object storage account {account_id} is gone; run {REFRESH}")
            if loop.time() > deadline:
                raise WaitTimeoutError("it has no login yet")
            await session.reporter.progress(target.urn, f"object storage {account_id}: waits for its login")
            await session.stop.sleep(pause)
            pause = min(pause * 1.5, LONGEST_PAUSE)


def _note_name(session: Session, urn: str) -> str:
    return order_token(session.settings.order_scope, urn, "object storage")


def _order_of(account: Record) -> int | None:
    """The order that it came from; None where the user does not see it."""
    return whole_at(account, "billingItem.orderItem.order.id")


def _credential(account: Record) -> Record:
    """The login for v1 auth: the first credential that is complete."""
    return next(
        (
            login
            for login in records_at(account, "credentials")
            if text_at(login, "username") and text_at(login, "password")
        ),
        {},
    )


def _refused(error: ApiError) -> ProviderError:
    return ProviderError(f"SoftLayer refuses to order object storage: {error}. Nothing was ordered.")


def _credentials(account: Record) -> list[dict[str, Value]]:
    """Every complete login, by user name."""
    logins = sorted(
        (text_at(login, "username"), text_at(login, "password"))
        for login in records_at(account, "credentials")
    )
    return [{"username": username, "key": key} for username, key in logins if username and key]


def _outputs(
    session: Session, inputs: Properties, account: Record, endpoints: Mapping[str, Record]
) -> Properties:
    login, credentials = _credential(account), _credentials(account)
    for credential in credentials:
        session.redactor.register_secret(credential["key"])
    endpoint = endpoints[text(inputs, "datacenter")]
    return {
        **inputs,
        "accountName": text_at(account, "username"),
        "username": text_at(login, "username"),
        "key": text_at(login, "password"),
        "authUrl": text_at(endpoint, "publicEndpoint"),
        "privateAuthUrl": text_at(endpoint, "privateEndpoint"),
        "endpoints": [
            {
                "datacenter": name,
                "authUrl": text_at(endpoints[name], "publicEndpoint"),
                "privateAuthUrl": text_at(endpoints[name], "privateEndpoint"),
            }
            for name in sorted(endpoints)
        ],
        "credentials": credentials,
        "monthlyCost": decimal_at(account, "billingItem.recurringFee"),
    }
