"""Swaps by `operate` under a mixed load: nothing fails; `python -m bench.swap.swaps` is the long form."""

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bench.proxy.door_counters import DoorCounters
from bench.registry.throughput import Stack
from bench.registry.transfer import made_layer, push
from harness.load.docker_client import DOCKER_SECONDS
from harness.load.mixed import MixedLoad, Shape
from harness.load.paced_pull import PacedPull
from harness.stack.live_stack import LiveRegistry
from harness.stack.swap_operator import SwapOperator, operating
from harness.stack.timed_swap import TimedSwap, timed_swap

pytestmark = pytest.mark.expected_seconds(150)

UNDER_LOAD = ("--idle", "5", "--bake", "0", "--drain-limit", "0.1", "--reads", "10")
# 20 minutes of it, which is more than a swap takes on any machine; the rest is taken at once, and a busy one
# needs half a second for each megabyte.
PULLED, PACE = 60_000_000, 50_000
SHAPE = Shape(readers=2, reads=4, catalog=30, push=12, dxf=12, docker=45, pause=2)


@pytest.fixture(scope="module")
def operator(registry: LiveRegistry, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SwapOperator]:
    with operating(registry, tmp_path_factory.mktemp("swaps")) as swap_operator:
        yield swap_operator


def swap(operator: SwapOperator, *to: str) -> TimedSwap:
    done = timed_swap(operator.follow("swap", "--to", *to, *UNDER_LOAD))
    assert done.live, "\n".join(done.lines)
    return done


def test_swaps_under_a_mixed_load_lose_nothing(
    operator: SwapOperator, registry: LiveRegistry, tmp_path: Path
) -> None:
    stack = Stack(registry)
    # A machine that is busy answers late: that is no failure.
    client, layer = replace(stack.deployed, patience=120), made_layer(PULLED)
    push(client, "load/slow", layer)
    authority = tmp_path / "authority.pem"
    authority.write_text(str(registry.outputs()["certificateAuthority"]))
    docker = registry.address("dal05-b")

    def on_docker(command: str, stdin_payload: str) -> "subprocess.CompletedProcess[str]":
        return registry.ssh_to(docker, command, stdin_payload=stdin_payload, seconds=DOCKER_SECONDS)

    load = MixedLoad(client, authority, on_docker, SHAPE)
    pull = PacedPull(client, "load/slow", layer.digest, load.tally, PACE)
    door = DoorCounters(registry, "dal05-a")
    door.update()
    with load:
        swaps = [swap(operator, "2", "--set", "memory=640")]
        pull.begin()
        # Back to a release that stays as it is: the pull goes on in its own.
        swaps.append(swap(operator, "1"))
        assert pull.going
        pull.hurry()
        assert pull.end(), load.tally.failures
        # Another release on a colour that had one: its port is free when the new container begins.
        swaps.append(swap(operator, "3", "--set", "memory=656"))
    door.update()
    assert load.tally.failures == ()
    assert door.wrong == 0
    assert operator.live() == "black"
    kinds = {answer_time.kind for answer_time in load.tally.answer_times}
    assert {"docker push and pull", "dxf put", "dxf get", "catalog", "upload PATCH trickling"} <= kinds
    switches = [timed.steps["switch"] for timed in swaps]
    across = [
        upload
        for upload in load.tally.uploads
        if any(upload.started < switch.started and switch.ended < upload.ended for switch in switches)
    ]
    assert across
