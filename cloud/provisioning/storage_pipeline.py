"""The transactions of object storage accounts: made after their order, deleted after their cancellation."""

import asyncio
import logging
import secrets
from dataclasses import replace

from cloud.interfaces import ObjectStorage
from cloud.provisioning.daemon_thread import in_daemon_thread
from cloud.provisioning.stages import STORAGE_CREATE, seconds
from cloud.provisioning.tasks import Tasks
from cloud.settings import Speed
from cloud.state.records import StorageAccount
from cloud.state.store import Store

LOG = logging.getLogger("cloud.storage")
_RETRY_SECONDS = 5.0


class StoragePipeline:
    """Drives the account's object storage; made outside, run inside an event loop."""

    def __init__(self, store: Store, object_storage: ObjectStorage | None, speed: Speed) -> None:
        self._store = store
        self._object_storage = object_storage
        self._speed = speed
        self._tasks = Tasks()

    async def open(self) -> None:
        """Resume unfinished transactions."""
        self._tasks.open()
        for account in self._store.all(StorageAccount):
            self._spawn(account.id)

    async def close(self) -> None:
        """Stop all tasks; the state keeps their progress."""
        await self._tasks.close()

    def wake(self, number: int) -> None:
        """Do what is due for an account; may be called from any thread."""
        self._tasks.wake(lambda: self._spawn(number))

    def _spawn(self, number: int) -> None:
        self._tasks.begin("object storage", number, lambda: self._drive(number))

    async def _drive(self, number: int) -> None:
        while (account := self._store.get(StorageAccount, number)) and (
            account.reclaiming or not account.ready
        ):
            try:
                await (self._delete(account) if account.reclaiming else self._create(account))
            except Exception as error:
                LOG.error("object storage account %s in %s: %s", account.username, account.datacenter, error)
                await asyncio.sleep(_RETRY_SECONDS)

    async def _create(self, account: StorageAccount) -> None:
        object_storage, login, key = self._object_storage, account.login, secrets.token_hex(32)
        await asyncio.sleep(seconds(STORAGE_CREATE, self._speed))
        if object_storage is not None:
            user = account.login.partition(":")[2]
            swift_account = await in_daemon_thread(
                lambda: object_storage.create_account(account.datacenter, account.username, user)
            )
            key, login = (
                swift_account.key,
                swift_account.username if ":" in swift_account.username else account.login,
            )

        def finish(record: StorageAccount) -> StorageAccount:
            return replace(record, key=key, login=login, ready=True, transaction=None)

        self._store.change(StorageAccount, account.id, finish)

    async def _delete(self, account: StorageAccount) -> None:
        object_storage = self._object_storage
        if object_storage is not None:
            await in_daemon_thread(
                lambda: object_storage.delete_account(account.datacenter, account.username)
            )
        self._store.remove(StorageAccount, account.id)
