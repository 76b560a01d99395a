"""The life of one local cloud: up, down, reset and status, each safe to repeat and to interrupt."""

import contextlib
import fcntl
import json
import shutil
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cloud.daemon import LOOPBACK, DaemonOptions
from cloud.interfaces import CloudPaths
from cloud.machines.layout import Layout
from cloud.machines.local_machines import GuestStatus, LocalMachines
from cloud.preflight import check_host, check_port
from cloud.processes import Processes
from cloud.swift.local_object_storage import LocalObjectStorage
from dev.images.machine import machine_image, machine_image_path

_API = "api"
_MARK = ".softlayer-cloud"
_READY_SECONDS = 60
_CHECKOUT = Path(__file__).resolve().parent.parent


class CloudError(Exception):
    """The local cloud could not be started, ended or removed; the message says what to do."""


@dataclass(frozen=True)
class CloudStatus:
    """What of a cloud is there now; no secret in it.

    Attributes:
        state_dir: Folder of the cloud's state.
        up: Whether the API answers.
        endpoint: The API's address, or None.
        processes: Part -> pid of what runs.
        guests: Machines of the guests.
        networks: Networks by datacenter.
        object_storage: Datacenter -> auth URL of each Swift that runs.
    """

    state_dir: str
    up: bool
    endpoint: str | None
    processes: dict[str, int]
    guests: list[GuestStatus]
    networks: dict[str, str]
    object_storage: dict[str, str]

    def as_json(self) -> str:
        """Return it as JSON."""
        return json.dumps(asdict(self), indent=1)


class LocalCloud:
    """One local cloud, known by its state folder.

    Args:
        state_dir: Folder of the cloud's state.
        report: Called with each line of progress.
    """

    def __init__(self, state_dir: Path, report: Callable[[str], None]) -> None:
        self._state = state_dir.resolve()
        self._report = report
        layout = Layout(self._state)
        self._processes = Processes(layout.identifier, layout.logs)
        self._description = CloudPaths(self._state).description

    def up(self, options: DaemonOptions) -> None:
        """Start what does not run; returns when the API answers.

        Args:
            options: Options of the API; a running API with other options is restarted.

        Raises:
            CloudError, PreflightError, MachineError, ObjectStorageError, ImageError: The cloud cannot
                start; the message has the remedy.
        """
        self._own_folder()
        with self._exclusive_lock():
            check_host(self._state, machines=options.machines)
            if not self._runs_as(options):
                self._processes.stop(_API)
                if options.port:
                    check_port(options.port)
            machines = self._start_machines() if options.machines else None
            self._object_storage(machines).resume(self._report)
            if not self._runs_as(options):
                self._start_api(options)

    def down(self) -> None:
        """Stop everything and leave nothing on the host but the state folder, for the next `up`."""
        if not (self._state / _MARK).exists():
            return
        with self._exclusive_lock():
            self._stop()

    def reset(self) -> None:
        """Stop everything and delete the state folder.

        Raises:
            CloudError: The folder is not one of a cloud.
        """
        if not self._state.exists():
            return
        if not (self._state / _MARK).exists():
            raise CloudError(
                f"{self._state} is not a local cloud's folder; nothing was deleted. Check --state."
            )
        with self._exclusive_lock():
            self._stop()
            shutil.rmtree(self._state)

    def status(self) -> CloudStatus:
        """Return what is there now."""
        description = self._read_description()
        machines = self._machines()
        up = self._answers(description)
        return CloudStatus(
            state_dir=str(self._state),
            up=up,
            endpoint=description["endpoint_rest"] if up else None,
            processes={process.part: process.pid for process in self._processes.all() if process.leader},
            guests=machines.guests(),
            networks=machines.networks(),
            object_storage=self._object_storage(None).running(),
        )

    def credentials(self) -> dict[str, str]:
        """Return user, key and endpoint, by the variables in which clients expect them.

        Raises:
            CloudError: The cloud is not up.
        """
        description = self._read_description()
        if not self._answers(description):
            raise CloudError(f"{self._state} is not up; run python -m cloud up --state {self._state}")
        return {
            "SL_USERNAME": str(description["username"]),
            "SL_API_KEY": str(description["api_key"]),
            "SL_ENDPOINT_URL": str(description["endpoint_xmlrpc"]),
        }

    def _own_folder(self) -> None:
        self._state.mkdir(parents=True, exist_ok=True)
        if not (self._state / _MARK).exists():
            if any(self._state.iterdir()):
                raise CloudError(
                    f"{self._state} must be empty or a local cloud's folder; choose another --state"
                )
            (self._state / _MARK).touch()

    @contextmanager
    def _exclusive_lock(self) -> Iterator[None]:
        with (self._state / _MARK).open("r") as mark:
            fcntl.flock(mark, fcntl.LOCK_EX)
            yield

    def _machines(self) -> LocalMachines:
        return LocalMachines(self._state, machine_image_path())

    def _object_storage(self, machines: LocalMachines | None) -> LocalObjectStorage:
        return LocalObjectStorage(self._state, machines.gateway if machines else None)

    def _start_machines(self) -> LocalMachines:
        machine_image()
        machines = self._machines()
        self._report("engine and networks of the machines")
        machines.up()
        machines.resume(self._report)
        return machines

    def _start_api(self, options: DaemonOptions) -> None:
        self._report("API")
        self._description.unlink(missing_ok=True)
        command = [sys.executable, "-m", "cloud.daemon", *options.arguments()]
        pid = self._processes.start(_API, command, {"PYTHONPATH": str(_CHECKOUT)})
        deadline = time.monotonic() + _READY_SECONDS
        while not (self._read_description().get("pid") == pid and self._answers(self._read_description())):
            if self._processes.find(_API) is None or time.monotonic() > deadline:
                self._processes.stop(_API)
                raise CloudError(
                    f"the API did not start; {self._processes.log(_API)} ends with:\n"
                    f"{self._processes.log_tail(_API)}"
                )
            time.sleep(0.05)
        self._report(f"up at {self._read_description()['endpoint_rest']}")

    def _runs_as(self, options: DaemonOptions) -> bool:
        description = self._read_description()
        names = ("speed", "machines", "control", "rate_limit")
        same = all(description.get(name) == getattr(options, name) for name in names)
        return same and options.port in (0, description.get("port")) and self._answers(description)

    def _answers(self, description: dict[str, Any]) -> bool:
        if not description or self._processes.find(_API) != description.get("pid"):
            return False
        with contextlib.suppress(urllib.error.URLError, OSError):
            address = f"http://{LOOPBACK}:{description['port']}/health"
            with urllib.request.urlopen(address, timeout=10) as answer:
                return bool(answer.status == 200)
        return False

    def _read_description(self) -> dict[str, Any]:
        try:
            description: dict[str, Any] = json.loads(self._description.read_text())
        except FileNotFoundError:
            return {}
        return description

    def _stop(self) -> None:
        self._report("stopping API, object storage and machines")
        self._processes.stop(_API)
        self._object_storage(None).stop()
        self._machines().down()
        self._description.unlink(missing_ok=True)
