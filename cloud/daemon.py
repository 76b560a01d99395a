"""The API's process: `python -m cloud.daemon`, started by `cloud up` and ended by `cloud down`."""

import json
import os
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, cast, get_args

import typer
import uvicorn

from cloud.api.app import build_app
from cloud.credentials import Credentials, read_or_make, write_private
from cloud.interfaces import CloudPaths
from cloud.machines.local_machines import LocalMachines
from cloud.settings import CloudSettings, Speed
from cloud.swift.local_object_storage import LocalObjectStorage
from dev.images.machine import machine_image

LOOPBACK = "127.0.0.1"
_GRACE_SECONDS = 5


@dataclass(frozen=True)
class DaemonOptions:
    """How the API process is started.

    Attributes:
        state_dir: The cloud's state folder.
        port: TCP port on 127.0.0.1; 0 takes a free one.
        speed: Speed of the transactions.
        machines: Whether guests are real machines.
        control: Whether `/control/...`, for tests, answers.
        rate_limit: Calls in a second, 0 for no limit; None leaves it to the speed.
    """

    state_dir: Path
    port: int
    speed: Speed
    machines: bool
    control: bool
    rate_limit: int | None = None

    def arguments(self) -> list[str]:
        """Return the command line of the process; it holds no secret."""
        return [
            f"--state={self.state_dir}",
            f"--port={self.port}",
            f"--speed={self.speed}",
            f"--{'' if self.machines else 'no-'}machines",
            f"--{'' if self.control else 'no-'}control",
            *([] if self.rate_limit is None else [f"--rate-limit={self.rate_limit}"]),
        ]


def credentials_file(state_dir: Path) -> Path:
    """Return where the state folder keeps the account's credentials."""
    return state_dir / "credentials.json"


def serve(options: DaemonOptions) -> None:
    """Serve the API until a signal ends it; cloud.json is written once the port is bound."""
    credentials = read_or_make(credentials_file(options.state_dir))
    machines = LocalMachines(options.state_dir, machine_image()) if options.machines else None
    storage = LocalObjectStorage(options.state_dir, machines.gateway if machines else None)
    settings = CloudSettings(
        options.state_dir,
        credentials.username,
        credentials.api_key,
        options.speed,
        options.control,
        options.rate_limit,
    )
    with socket.create_server((LOOPBACK, options.port)) as listener:
        app = build_app(settings, machines, storage)
        server = uvicorn.Server(
            uvicorn.Config(
                app, log_level="warning", access_log=False, timeout_graceful_shutdown=_GRACE_SECONDS
            )
        )
        _describe(options, credentials, listener.getsockname()[1])
        server.run(sockets=[listener])


def _describe(options: DaemonOptions, credentials: Credentials, port: int) -> None:
    root = f"http://{LOOPBACK}:{port}"
    description = {
        "endpoint_xmlrpc": f"{root}/xmlrpc/v3.1/",
        "endpoint_rest": f"{root}/rest/v3.1/",
        "username": credentials.username,
        "api_key": credentials.api_key,
        "pid": os.getpid(),
        "port": port,
        "speed": options.speed,
        "machines": options.machines,
        "control": options.control,
        "rate_limit": options.rate_limit,
    }
    write_private(CloudPaths(options.state_dir).description, json.dumps(description, indent=1) + "\n")


def main(
    state: Annotated[Path, typer.Option()],
    port: Annotated[int, typer.Option()],
    speed: Annotated[str, typer.Option()],
    machines: Annotated[bool, typer.Option()] = True,
    control: Annotated[bool, typer.Option()] = False,
    rate_limit: Annotated[int | None, typer.Option()] = None,
) -> None:
    """Serve the API of one local cloud in the foreground."""
    serve(DaemonOptions(state, port, checked_speed(speed), machines, control, rate_limit))


def checked_speed(text: str) -> Speed:
    """Return a speed by its name.

    Raises:
        typer.BadParameter: No speed has that name.
    """
    for speed in get_args(Speed):
        if speed == text:
            return cast("Speed", speed)
    raise typer.BadParameter(f"{text!r} must be instant, realistic or measured")


if __name__ == "__main__":
    typer.run(main)
