"""Swaps by `operate` under a mixed load: nothing fails; `python -m bench.swaps` is the long form."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.door_counters import DoorCounters
from bench.throughput import Stack
from bench.transfer import made_layer, push
from tests.e2e.conftest import Registry
from tests.e2e.swap_operator import Operator
from tests.load.mixed import MixedLoad, Shape
from tests.load.paced_pull import PacedPull
from tests.load.timed_swap import TimedSwap, timed_swap

SWAPS = 5
QUICK = ("--idle", "5", "--bake", "0", "--drain-limit", "0.1")
# So much that two swaps begin and end while it goes on.
PULLED = 60_000_000
SHAPE = Shape(readers=2, reads=8, catalog=3, chunked=2)


@pytest.fixture(scope="module")
def operator(registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operator]:
    stack_file = tmp_path_factory.mktemp("swaps") / "Pulumi.local.yaml"
    shutil.copy(registry.environment.stack_file, stack_file)
    made = Operator(registry, stack_file)
    try:
        yield made
    finally:
        if made.live() != "red":
            made.operate("rollback")
        restored = registry.pulumi("up", "--yes", "--skip-preview")
    assert restored.returncode == 0, restored.stdout


def swap(operator: Operator, number: int) -> TimedSwap:
    """There and back: both releases stay warm after the first swap, which builds the second one."""
    words = ("1",) if number % 2 else ("2", "--set", "memory=640")
    return timed_swap(operator.follow("swap", "--to", *words, *QUICK))


def test_five_swaps_under_a_mixed_load_lose_nothing(
    operator: Operator, registry: Registry, tmp_path: Path
) -> None:
    stack = Stack(registry)
    client, layer = stack.deployed, made_layer(PULLED)
    push(client, "load/slow", layer)
    authority = tmp_path / "authority.pem"
    authority.write_text(str(registry.outputs()["certificateAuthority"]))
    docker = registry.address("dal05-b")
    load = MixedLoad(
        client, authority, lambda command, follows: registry.ssh_to(docker, command, follows=follows), SHAPE
    )
    pull = PacedPull(client, "load/slow", layer.digest, load.tally)
    door = DoorCounters(registry, "dal05-a")
    door.look()
    swaps = []
    with load:
        for number in range(SWAPS):
            if number == 1:
                pull.begin()
            swaps.append(swap(operator, number))
            assert swaps[-1].live, "\n".join(swaps[-1].lines)
        assert pull.end(), load.tally.failures
    door.look()
    assert load.tally.failures == ()
    assert door.wrong == 0
    assert operator.live() == "black"
    kinds = {moment.kind for moment in load.tally.moments}
    assert {"docker push and pull", "dxf put", "dxf get", "catalog", "upload PATCH trickling"} <= kinds
    switches = [one.steps["switch"] for one in swaps]
    across = [
        upload
        for upload in load.tally.uploads
        if any(upload.began < switch.began and switch.ended < upload.ended for switch in switches)
    ]
    assert len(across) >= SWAPS
    ended = pull.began + pull.seconds
    assert sum(pull.began < one.whole.began and one.whole.ended < ended for one in swaps) >= 2
