"""How long a registry is down without its server: `python -m bench.stack.recovery [--scale S] [--state DIR]`.

In one run, each beside its limit: a recovery by a new server beside the first `pulumi up` of one server, and
a restart on a standby from the command to a pull by a client, by the same address. Exit code 1 where a limit
is missed.
"""

import argparse
import json
import statistics
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import yaml
from rich.console import Console
from rich.table import Table

from bench.command import run_command
from bench.stack.live_stack import registry_up
from harness.clients.blobs import push_blob
from harness.clients.first_pull import seconds_to_first_pull
from harness.clients.registry_client import Client
from harness.stack.account import client as account
from harness.stack.bucket import one_server
from harness.stack.example_stack import ExampleStack, standing
from harness.stack.live_stack import LiveRegistry

NEW_SERVER_FACTOR = 1.2
"""Limit of a recovery by a new server, in first `pulumi up`s of one server."""
STANDBY_SECONDS = 10.0
"""Limit of a restart on a standby."""
_FULL_RUNS = 3
"""Runs at scale 1."""
_TRY_SECONDS = 2.0
"""For which a client waits for an answer while the registry is away."""
_SILENCE_TRIES = 60
_SHAPE = {"datacenter": "dal05", "os": "DEBIAN_12_64", "cpus": 1, "memory": 2048}


@dataclass(frozen=True)
class RecoveryRun:
    """Seconds of one run.

    Attributes:
        first_up: Seconds of the first `pulumi up` of one server.
        new_server: `operate recover` after its server was cancelled.
        standby: Seconds from `operate recover --on` to the first pull by a client.
        steps: Steps of the recovery by a new server.
        standby_steps: Seconds since the command, by step.
    """

    first_up: float
    new_server: float
    standby: float
    steps: Mapping[str, float] = field(default_factory=dict)
    standby_steps: Mapping[str, float] = field(default_factory=dict)

    @property
    def factor(self) -> float:
        """The recovery by a new server in first `pulumi up`s."""
        return self.new_server / self.first_up


def measure(registry: LiveRegistry, folder: Path) -> RecoveryRun:
    """Measure on stacks of its own.

    Raises:
        RuntimeError: A command failed.
    """
    first_up, new_server, steps = _lose_the_only_server(registry, folder)
    standby, standby_steps = _lose_a_server_with_a_standby(registry, folder)
    return RecoveryRun(first_up, new_server, standby, steps, standby_steps)


def _lose_the_only_server(registry: LiveRegistry, folder: Path) -> tuple[float, float, Mapping[str, float]]:
    stack = _stack(registry, folder / "single", one_server(registry, objectContainer="benchsingle"))
    started = time.monotonic()
    with standing(stack):
        first_up = time.monotonic() - started
        _cancel(stack, registry, "dal05-a")
        started = time.monotonic()
        recovery = _operate(stack, "--yes")
        return first_up, time.monotonic() - started, _seconds(recovery)


def _lose_a_server_with_a_standby(registry: LiveRegistry, folder: Path) -> tuple[float, Mapping[str, float]]:
    settings = yaml.safe_load(registry.environment.stack_file.read_text())["config"]
    settings |= {
        "softlayer-registry:servers": [{**_SHAPE, "name": "a", "frontDoor": True}, {**_SHAPE, "name": "b"}],
        "softlayer-registry:objectContainer": "benchstandby",
        "softlayer-registry:registryListen": "public",
        "softlayer-registry:globalIp": True,
    }
    stack = _stack(registry, folder / "standby", yaml.safe_dump({"config": settings}))
    with standing(stack):
        client = stack.client()
        digest = push_blob(client.connect, client.headers, "kept", b"k" * 100_000)
        # So that `operate` knows the stack, as on the machine of any operator.
        _check(stack.operate("status"))
        _cancel(stack, registry, "dal05-a")
        # Else the first pull is served by the server that is about to go.
        _await_silence(replace(client, patience=_TRY_SECONDS))
        started = time.monotonic()
        process = stack.start("recover", "--on", "b", "--json")
        waiting = replace(client, patience=_TRY_SECONDS)
        seconds = seconds_to_first_pull(started, waiting, f"/v2/kept/blobs/{digest}", digest, process)
        output, error = process.communicate()
        if process.returncode != 0:
            raise RuntimeError(error[-2000:])
        takeover = json.loads(output)
        _operate(stack, "--yes")
        return seconds, _seconds(takeover)


def _await_silence(client: Client) -> None:
    """Wait until a registry does not answer any more.

    Raises:
        RuntimeError: It still does.
    """
    for _ in range(_SILENCE_TRIES):
        try:
            client.status()
        except OSError:
            return
        time.sleep(1.0)
    raise RuntimeError("the registry still answers after its server was cancelled")


def _stack(registry: LiveRegistry, folder: Path, text: str) -> ExampleStack:
    folder.mkdir()
    return ExampleStack(registry, folder, text)


def _cancel(stack: ExampleStack, registry: LiveRegistry, server: str) -> None:
    servers = stack.outputs()["servers"]
    assert isinstance(servers, dict)
    number = round(float(servers[server]["id"]))
    account(registry.environment).call("Virtual_Guest", "deleteObject", id=number)


def _operate(stack: ExampleStack, *words: str) -> Mapping[str, object]:
    outcome: Mapping[str, object] = json.loads(_check(stack.operate("recover", *words, "--json")))
    return outcome


def _check(completed: "subprocess.CompletedProcess[str]") -> str:
    if completed.returncode != 0:
        raise RuntimeError(completed.stderr[-2000:])
    return completed.stdout


def _seconds(outcome: Mapping[str, object]) -> Mapping[str, float]:
    seconds = outcome["seconds"]
    assert isinstance(seconds, dict)
    return seconds


def show(runs: Sequence[RecoveryRun]) -> bool:
    """Print the medians beside their limits; returns whether all are kept."""
    factor = statistics.median(run.factor for run in runs)
    standby = statistics.median(run.standby for run in runs)
    table = Table("what", "median", "all runs", "limit", title=f"recovery, {len(runs)} runs")
    first_ups = [run.first_up for run in runs]
    table.add_row(
        "first `pulumi up` of one server, s", _one_decimal(statistics.median(first_ups)), _all(first_ups), ""
    )
    news = [run.new_server for run in runs]
    table.add_row("recovery by a new server, s", _one_decimal(statistics.median(news)), _all(news), "")
    factors = [run.factor for run in runs]
    table.add_row("the same, in first ups", f"{factor:.2f}", _all(factors), f"{NEW_SERVER_FACTOR}")
    standbys = [run.standby for run in runs]
    table.add_row(
        "restart on a standby, to a pull, s", _one_decimal(standby), _all(standbys), f"{STANDBY_SECONDS}"
    )
    console = Console(width=110)
    console.print(table)
    for run in runs:
        console.print(f"new server: {dict(run.steps)}; standby, since the command: {dict(run.standby_steps)}")
    return factor <= NEW_SERVER_FACTOR and standby <= STANDBY_SECONDS


def _one_decimal(seconds: float) -> str:
    return f"{seconds:.1f}"


def _all(figures: Sequence[float]) -> str:
    return " ".join(f"{figure:.2f}" for figure in figures)


def main() -> None:
    """Measure, three times at scale 1; exit code 1 where a limit is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="share of 3 runs; at least one")
    parser.add_argument("--state", type=Path, help="folder of an environment that is up, and stays so")
    options = parser.parse_args()
    runs = []
    with registry_up(options.state) as registry:
        for _ in range(max(1, round(_FULL_RUNS * options.scale))):
            with tempfile.TemporaryDirectory(prefix="recovery-") as folder:
                runs.append(measure(registry, Path(folder)))
    raise SystemExit(0 if show(runs) else 1)


if __name__ == "__main__":
    run_command(main)
