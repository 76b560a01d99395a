"""Machines and object storage that only record their calls, and fail on request."""

import threading
from dataclasses import dataclass, field

from cloud.interfaces import (
    Addresses,
    FirewallPolicy,
    MachineError,
    MachineSpec,
    ObjectStorageError,
    SwiftAccount,
)


@dataclass
class RecordedMachines:
    """Machines of a test; `refuse` holds the calls that fail, `hold` keeps starts waiting until it is set."""

    numbers: dict[int, int] = field(default_factory=dict)
    started: list[MachineSpec] = field(default_factory=list)
    reinstalled: list[MachineSpec] = field(default_factory=list)
    scripts: list[tuple[int, str]] = field(default_factory=list)
    destroyed: list[int] = field(default_factory=list)
    on: set[int] = field(default_factory=set)
    refuse: set[str] = field(default_factory=set)
    hold: threading.Event | None = None
    firewall_policies: tuple[FirewallPolicy, ...] = ()
    routes: dict[str, str | None] = field(default_factory=dict)

    def network(self, datacenter: str) -> str:
        return "10.201.0.0/24"

    def reserve(
        self, identifier: int, datacenter: str, *, private_only: bool, second: bool = False
    ) -> Addresses:
        self._refused("reserve", identifier)
        last = self.numbers.setdefault(identifier, len(self.numbers) + 10)
        return Addresses(None if private_only else f"10.201.0.{last}", f"10.201.0.{last + 120}")

    def start(self, spec: MachineSpec) -> None:
        if self.hold is not None:
            assert self.hold.wait(30)
        self._refused("start", spec.identifier)
        self.started.append(spec)
        self.on.add(spec.identifier)

    def reinstall(self, spec: MachineSpec) -> None:
        self._refused("reinstall", spec.identifier)
        self.reinstalled.append(spec)
        self.on.add(spec.identifier)

    def run_script(self, identifier: int, uri: str) -> None:
        self._refused("run_script", identifier)
        self.scripts.append((identifier, uri))

    def stop(self, identifier: int) -> None:
        self._refused("stop", identifier)
        self.on.discard(identifier)

    def destroy(self, identifier: int) -> None:
        self._refused("destroy", identifier)
        self.on.discard(identifier)
        self.destroyed.append(identifier)

    def running(self, identifier: int) -> bool:
        return identifier in self.on

    def apply_firewalls(self, firewall_policies: tuple[FirewallPolicy, ...]) -> None:
        self.firewall_policies = firewall_policies

    def global_network(self) -> str:
        return "10.201.255.0/24"

    def route(self, address: str, target: str | None) -> None:
        self._refused("route", 0)
        self.routes[address] = target

    def _refused(self, call: str, identifier: int) -> None:
        if call in self.refuse:
            raise MachineError(f"machine {identifier}: {call} failed; free some disk")


@dataclass
class RecordedStorage:
    """Object storage of a test."""

    accounts: dict[str, SwiftAccount] = field(default_factory=dict)
    changed_keys: dict[tuple[str, str], str] = field(default_factory=dict)
    refuse: bool = False

    def auth_url(self, datacenter: str) -> str:
        return f"http://10.201.0.2:8080/{datacenter}/auth/v1.0"

    def create_account(self, datacenter: str, account: str, username: str) -> SwiftAccount:
        if self.refuse:
            raise ObjectStorageError(f"Swift of {datacenter} does not answer")
        created = SwiftAccount(self.auth_url(datacenter), f"{account}:{username}", "swift-key")
        return self.accounts.setdefault(account, created)

    def change_key(self, datacenter: str, account: str, username: str, key: str) -> None:
        self.changed_keys[account, username] = key

    def delete_account(self, datacenter: str, account: str) -> None:
        self.accounts.pop(account, None)
