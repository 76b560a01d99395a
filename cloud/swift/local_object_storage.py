"""`ObjectStorage` with real Swifts on this host, each started at its first use."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from swiftclient import Connection
from swiftclient.exceptions import ClientException

from cloud.interfaces import ObjectStorageError, SwiftAccount
from cloud.machines.layout import Layout
from cloud.processes import Processes
from cloud.swift.accounts import AccountFile
from cloud.swift.configuration import write_configuration
from cloud.swift.fault_plan import FaultPlan, write_plan
from cloud.swift.rings import write_rings
from cloud.swift.servers import servers_up, start_servers, stop_servers
from cloud.swift.site import SwiftSite


class LocalObjectStorage:
    """Real object storage; see `cloud.interfaces.ObjectStorage`.

    Args:
        state_dir: The cloud's state folder.
        gateway: Returns this host's address on a datacenter's bridge; None keeps Swift on the loopback.
        bulk: Whether the proxies offer bulk operations.
    """

    def __init__(self, state_dir: Path, gateway: Callable[[str], str] | None, *, bulk: bool = True) -> None:
        layout = Layout(state_dir.resolve())
        self._home = layout.state_dir / "swift"
        self._identifier = layout.identifier
        self._processes = Processes(layout.identifier, layout.logs)
        self._accounts = AccountFile(self._home)
        self._gateway = gateway
        self._bulk = bulk
        self._starting = threading.Lock()

    def auth_url(self, datacenter: str) -> str:
        """Return the v1 auth URL of that datacenter; starts its Swift where it is not up."""
        return self._started(datacenter).auth_url

    def create_account(self, datacenter: str, account: str, username: str) -> SwiftAccount:
        """Create the account with a fresh key; the same account and key again when it exists."""
        site = self._started(datacenter)
        created = self._accounts.create(datacenter, account, username)
        return SwiftAccount(site.auth_url, f"{created.name}:{created.user}", created.key)

    def change_key(self, datacenter: str, account: str, username: str, key: str) -> None:
        """Give a user of an account another key; the one from before is refused from now on."""
        self._accounts.change_key(datacenter, account, username, key)

    def s3_endpoint(self, datacenter: str) -> str:
        """Return the S3 endpoint; keys are `ACCOUNT:USER` and the user's key, the region is `S3_REGION`."""
        return self._started(datacenter).s3_endpoint

    def inject(self, datacenter: str, plan: FaultPlan) -> None:
        """Let a datacenter's Swift fail as the plan says, from the next request on."""
        write_plan(self._started(datacenter).faults, plan)

    def delete_account(self, datacenter: str, account: str) -> None:
        """Delete the account with all that it holds; unknown ones are left alone.

        Raises:
            ObjectStorageError: Swift does not let it be emptied; the account stays.
        """
        existing = next(
            (candidate for candidate in self._accounts.read(datacenter) if candidate.name == account), None
        )
        if existing is None:
            return
        site = self._started(datacenter)
        try:
            _empty(Connection(site.auth_url, f"{existing.name}:{existing.user}", existing.key, retries=2))
        except ClientException as error:
            raise ObjectStorageError(
                f"account {account} in {datacenter} could not be emptied: {error}; cancel it again"
            ) from error
        self._accounts.delete(datacenter, account)

    def resume(self, report: Callable[[str], None]) -> None:
        """Start the Swifts that ran before.

        Args:
            report: Called with a line of progress for each datacenter.
        """
        for datacenter in self._accounts.datacenters():
            report(f"object storage in {datacenter}")
            self._started(datacenter)

    def stop(self) -> None:
        """Stop all Swifts; what they hold stays."""
        with ThreadPoolExecutor(2) as pool:
            list(
                pool.map(
                    lambda name: stop_servers(self._site(name), self._processes), self._accounts.datacenters()
                )
            )

    def running(self) -> dict[str, str]:
        """Return datacenter -> auth URL of the Swifts that run."""
        sites = [self._recorded(datacenter) for datacenter in self._accounts.datacenters()]
        return {site.datacenter: site.auth_url for site in sites if servers_up(site, self._processes)}

    def _started(self, datacenter: str) -> SwiftSite:
        with self._starting:
            site = self._site(datacenter, self._gateway(datacenter) if self._gateway else None)
            recorded = self._recorded(datacenter)
            if recorded.outer != site.outer:
                stop_servers(recorded, self._processes)
            if recorded.outer != site.outer or not servers_up(site, self._processes):
                self._prepare(site)
                start_servers(site, self._processes)
        return site

    def _prepare(self, site: SwiftSite) -> None:
        write_configuration(site, self._accounts.path(site.datacenter), bulk=self._bulk)
        write_rings(site)
        (site.home / "address").write_text(site.outer)

    def _recorded(self, datacenter: str) -> SwiftSite:
        """Return the site as it was last started."""
        file = self._home / datacenter / "address"
        return self._site(datacenter, file.read_text() if file.exists() else None)

    def _site(self, datacenter: str, outer: str | None = None) -> SwiftSite:
        number = self._accounts.number(datacenter)
        # 127.0.x.y is left to others.
        second, third = (int(self._identifier[at : at + 2], 16) % 254 + 1 for at in (0, 2))
        inner = f"127.{second}.{third}.{number}"
        return SwiftSite(datacenter, self._home / datacenter, inner, outer or inner)


def _empty(connection: Connection) -> None:
    for container in connection.get_account(full_listing=True)[1]:
        for entry in connection.get_container(container["name"], full_listing=True)[1]:
            connection.delete_object(container["name"], entry["name"])
        connection.delete_container(container["name"])
