"""The Swift accounts of one cloud and their keys: a JSON file of mode 0600 that auth follows."""

import fcntl
import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from cloud.credentials import write_private


@dataclass(frozen=True)
class AccountEntry:
    """One account; clients log in as `<name>:<user>`."""

    datacenter: str
    name: str
    user: str
    key: str


class AccountFile:
    """The accounts on disk, and the numbers of the datacenters that have had a Swift.

    Args:
        folder: Folder of all the cloud's Swifts.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, datacenter: str) -> Path:
        """Return the file that the datacenter's auth reads."""
        return self._folder / datacenter / "accounts.json"

    def datacenters(self) -> list[str]:
        """Return the datacenters that have had a Swift, in the order of their numbers."""
        file = self._folder / "datacenters.json"
        return list(json.loads(file.read_text())) if file.exists() else []

    def number(self, datacenter: str) -> int:
        """Return the datacenter's number from 1, given at first use."""
        with self._locked():
            datacenters = self.datacenters()
            if datacenter not in datacenters:
                datacenters.append(datacenter)
                write_private(self._folder / "datacenters.json", json.dumps(datacenters))
        return datacenters.index(datacenter) + 1

    def create(self, datacenter: str, name: str, user: str) -> AccountEntry:
        """Add an account with a fresh key; the one that exists where it does."""
        with self._locked():
            accounts = self.read(datacenter)
            existing = next(
                (account for account in accounts if (account.name, account.user) == (name, user)), None
            )
            if existing is None:
                existing = AccountEntry(datacenter, name, user, secrets.token_hex(32))
                self._write(datacenter, [*accounts, existing])
        return existing

    def change_key(self, datacenter: str, name: str, user: str, key: str) -> None:
        """Give a user of an account another key."""
        with self._locked():
            accounts = self.read(datacenter)
            self._write(
                datacenter,
                [
                    replace(account, key=key) if (account.name, account.user) == (name, user) else account
                    for account in accounts
                ],
            )

    def delete(self, datacenter: str, name: str) -> None:
        """Remove an account with all its users."""
        with self._locked():
            accounts = self.read(datacenter)
            self._write(datacenter, [account for account in accounts if account.name != name])

    def read(self, datacenter: str) -> list[AccountEntry]:
        """Return the datacenter's accounts."""
        file = self.path(datacenter)
        return (
            [AccountEntry(datacenter, **entry) for entry in json.loads(file.read_text())]
            if file.exists()
            else []
        )

    def _write(self, datacenter: str, accounts: list[AccountEntry]) -> None:
        entries = [{"name": account.name, "user": account.user, "key": account.key} for account in accounts]
        self.path(datacenter).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_private(self.path(datacenter), json.dumps(entries))

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self._folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
