"""`Machines` with real machines on this host."""

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from docker.errors import DockerException, NotFound
from docker.types import IPAMConfig, IPAMPool
from requests.exceptions import RequestException

from cloud.interfaces import Addresses, FirewallPolicy, MachineError, MachineSpec
from cloud.machines.container import adapt, container_name, find_container, halt, make_container
from cloud.machines.disk import Disk, mount_points
from cloud.machines.engine import Engine
from cloud.machines.host_command import host
from cloud.machines.host_limits import lower_limits, raise_limits
from cloud.machines.layout import Layout
from cloud.machines.machine_files import TRUSTED
from cloud.machines.network.firewalls import apply_firewalls, remove_firewalls
from cloud.machines.network.free_network import claim_network
from cloud.machines.network.global_routes import bridge_to, clear_route, global_network, set_route
from cloud.machines.network.host_network import bridges, lower_network, raise_network
from cloud.machines.post_install import post_install
from cloud.machines.readiness import await_ready
from cloud.machines.state import MachineState, MachineStateFile
from cloud.processes import Processes

_TOGETHER = 2


@dataclass(frozen=True)
class GuestStatus:
    """One machine, as `cloud status` shows it."""

    identifier: int
    hostname: str
    datacenter: str
    public_ip: str | None
    private_ip: str
    running: bool


class LocalMachines:
    """Machines as containers of an engine of their own; see `cloud.interfaces.Machines`.

    Args:
        state_dir: The cloud's state folder.
        image: The machine image's root file system tar.
        trust: The certificates of authorities that machines trust, in one file; the host's own.
    """

    def __init__(self, state_dir: Path, image: Path, trust: Path = TRUSTED) -> None:
        self._layout = Layout(state_dir.resolve())
        self._processes = Processes(self._layout.identifier, self._layout.logs)
        self._engine = Engine(self._layout, self._processes)
        self._state_file = MachineStateFile(self._layout.machine_state)
        self._image = image
        self._trust = trust
        self._networking = threading.Lock()
        self._machine_locks: defaultdict[int, threading.RLock] = defaultdict(threading.RLock)

    def up(self) -> None:
        """Start the engine with image and network where they are missing.

        Raises:
            MachineError: Something is missing; the message says what, and how to get it.
        """
        with _translated("the local cloud's engine"), self._state_file.change() as state:
            if not (self._layout.runtime / "network").exists() or not state.network:
                state.network = claim_network(self._layout, state.network)
            raise_network(self._layout, state.network)
            raise_limits()
            self._engine.up()
            self._engine.load_root(self._image, self._tag)

    def resume(self, report: Callable[[str], None]) -> None:
        """Start the machines that ran before, a few at a time. One that cannot start is reported and left.

        Args:
            report: Called with a line of progress for each machine.
        """
        state = self._state_file.read()
        missing = [
            state.machines[identifier] for identifier in state.powered_on if not self.running(identifier)
        ]

        def start(spec: MachineSpec) -> None:
            report(f"starting machine {spec.hostname} in {spec.datacenter}")
            try:
                self.start(spec)
            except MachineError as error:
                report(str(error))

        with ThreadPoolExecutor(_TOGETHER) as pool:
            list(pool.map(start, missing))

    def down(self) -> None:
        """Stop all machines and the engine; disks and state stay. Nothing else is left on the host."""
        with _translated("the local cloud's engine"):
            if self._engine.has_leftovers():
                self._engine.up()
            if self._engine.answers():
                with ThreadPoolExecutor(_TOGETHER) as pool:
                    list(pool.map(halt, self._engine.client.containers.list()))
            self._engine.down()
            for point in mount_points(under=self._layout.disks):
                host(["umount", point])
            remove_firewalls(self._layout)
            lower_network(self._layout)
            lower_limits(self._layout)

    def network(self, datacenter: str) -> str:
        """Return the datacenter's network; the same for good."""
        with self._claimed() as state:
            return f"{state.address(datacenter, 0)}/24"

    def reserve(
        self, identifier: int, datacenter: str, *, private_only: bool, second: bool = False
    ) -> Addresses:
        """Reserve addresses in the datacenter's network; the same again for the same identifier."""
        with self._claimed() as state:
            return state.reserve(identifier, datacenter, private_only=private_only, second=second)

    @contextmanager
    def _claimed(self) -> Iterator[MachineState]:
        with self._state_file.change() as state:
            if not state.network:
                state.network = claim_network(self._layout, state.network)
            yield state

    def start(self, spec: MachineSpec) -> None:
        """Create the machine where it is missing and start it; returns when its sshd answers."""
        with (
            self._machine_locks[spec.identifier],
            _translated(f"machine {spec.hostname} ({spec.identifier})"),
        ):
            self._remember(spec)
            self._ensure_engine()
            self.gateway(spec.datacenter)
            Disk(self._layout, spec.identifier).attach(spec.disk_gb)
            client = self._engine.client
            container = find_container(client, spec.identifier)
            if container is None:
                container = make_container(client, self._layout, self._tag, spec, self._trust)
            else:
                adapt(client, container, spec)
            container.start()
            await_ready(container, spec)

    def reinstall(self, spec: MachineSpec) -> None:
        """Recreate the machine at its addresses, with an empty disk and new host keys.

        Returns when its sshd answers.
        """
        with (
            self._machine_locks[spec.identifier],
            _translated(f"machine {spec.hostname} ({spec.identifier})"),
        ):
            self._ensure_engine()
            container = find_container(self._engine.client, spec.identifier)
            if container is not None:
                container.remove(force=True)
            Disk(self._layout, spec.identifier).remove()
        self.start(spec)

    def run_script(self, identifier: int, uri: str) -> None:
        """Download the post-install script in the machine, and run it if its address is an https one.

        Raises:
            MachineError: The machine does not exist, or Docker does not do it.
        """
        with self._machine_locks[identifier], _translated(f"machine {identifier}"):
            container = find_container(self._engine.client, identifier)
            if container is None:
                raise MachineError(f"machine {identifier} does not exist; cancel it and order again")
            post_install(container, uri)

    def stop(self, identifier: int) -> None:
        """Power off; a stopped or unknown machine is left as it is."""
        with self._machine_locks[identifier], _translated(f"machine {identifier}"):
            with self._state_file.change() as state:
                state.powered_on.discard(identifier)
            container = find_container(self._engine.client, identifier) if self._engine.answers() else None
            if container is not None:
                halt(container)
            Disk(self._layout, identifier).detach()

    def destroy(self, identifier: int) -> None:
        """Remove the machine, its disk and its reservation; unknown ones are left alone."""
        with self._machine_locks[identifier], _translated(f"machine {identifier}"):
            with self._state_file.change() as state:
                state.powered_on.discard(identifier)
            if identifier in self._state_file.read().machines:
                self._ensure_engine()
                container = find_container(self._engine.client, identifier)
                if container is not None:
                    container.remove(force=True)
            Disk(self._layout, identifier).remove()
            with self._state_file.change() as state:
                state.forget(identifier)
        self._machine_locks.pop(identifier, None)

    def running(self, identifier: int) -> bool:
        """Return whether the machine runs now."""
        if not self._engine.answers():
            return False
        with _translated(f"machine {identifier}"):
            container = find_container(self._engine.client, identifier)
            return container is not None and container.status == "running"

    def apply_firewalls(self, policies: tuple[FirewallPolicy, ...]) -> None:
        """Replace all firewall policies by these. Addresses without a policy are open."""
        apply_firewalls(self._layout, policies)

    def global_network(self) -> str:
        """Return the network that global IPs are taken from: the one that no datacenter is given."""
        with self._state_file.change() as state:
            if not state.network:
                state.network = claim_network(self._layout, state.network)
            return global_network(state.network)

    def route(self, address: str, target: str | None) -> None:
        """Route a global IP to a machine's address, or to none."""
        if target is None:
            clear_route(address)
            return
        state = self._state_file.read()
        bridge = bridge_to(self._layout, state, target)
        number = int(target.split(".")[2])
        self.gateway(next(name for name, third in state.datacenters.items() if third == number))
        set_route(address, target, bridge)

    def gateway(self, datacenter: str) -> str:
        """Return this host's address on the datacenter's bridge, which is made where it is missing."""
        with self._networking:
            with self._state_file.change() as state:
                address = state.address(datacenter, 1)
                number = state.subnet_number(datacenter)
            with _translated(f"the network of datacenter {datacenter}"):
                self._ensure_engine()
                self._ensure_bridge(datacenter, number, address)
        return address

    def guests(self) -> list[GuestStatus]:
        """Return all machines."""
        return [
            GuestStatus(
                identifier,
                spec.hostname,
                spec.datacenter,
                spec.public_ip,
                spec.private_ip,
                self.running(identifier),
            )
            for identifier, spec in sorted(self._state_file.read().machines.items())
        ]

    def networks(self) -> dict[str, str]:
        """Return datacenter -> its network, of those whose bridge exists."""
        existing = set(bridges(self._layout))
        state = self._state_file.read()
        return {
            name: f"{state.address(name, 0)}/24"
            for name, number in state.datacenters.items()
            if self._layout.bridge(number) in existing
        }

    @property
    def _tag(self) -> str:
        return f"machine:{self._image.stem.rpartition('-')[2]}"

    def _remember(self, spec: MachineSpec) -> None:
        with self._state_file.change() as state:
            state.machines[spec.identifier] = spec
            state.reservations.setdefault(spec.identifier, Addresses(spec.public_ip, spec.private_ip))
            state.powered_on.add(spec.identifier)

    def _ensure_engine(self) -> None:
        if not self._engine.answers():
            self.up()

    def _ensure_bridge(self, datacenter: str, number: int, address: str) -> None:
        client = self._engine.client
        try:
            client.networks.get(datacenter)
        except NotFound:
            subnet = f"{address.rpartition('.')[0]}.0/24"
            client.networks.create(
                datacenter,
                driver="bridge",
                ipam=IPAMConfig(pool_configs=[IPAMPool(subnet=subnet, gateway=address)]),
                options={"com.docker.network.bridge.name": self._layout.bridge(number)},
            )


@contextmanager
def _translated(subject: str) -> Iterator[None]:
    """Turn the engine's errors into `MachineError`, with what they were about."""
    try:
        yield
    except (DockerException, RequestException) as error:
        raise MachineError(f"{subject}: {error}; see the engine's log in the cloud's state folder") from error


__all__ = ["GuestStatus", "LocalMachines", "container_name"]
