"""The choice of a network that nothing else uses."""

from ipaddress import IPv4Network
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as some

from cloud.machines.layout import Layout
from cloud.machines.network.free_network import first_free

_SECOND = some.integers(0, 255)


@given(some.integers(0, 2**32), some.sets(_SECOND, max_size=60))
def test_what_is_chosen_overlaps_nothing(start: int, seconds: set[int]) -> None:
    occupied = [IPv4Network(f"10.{second}.128.0/17") for second in seconds]
    chosen = first_free(start, occupied)
    if chosen is None:
        assert set(range(201, 250)) <= seconds
    else:
        assert not any(chosen.overlaps(network) for network in occupied)
        assert 201 <= int(str(chosen).split(".")[1]) <= 249


def test_one_large_route_takes_all() -> None:
    assert first_free(3, [IPv4Network("10.0.0.0/8")]) is None


def test_names_stay_within_the_kernels_limits_however_deep_the_folder() -> None:
    layout = Layout(Path("/" + "/".join(["a-rather-long-folder"] * 20)))
    assert len(str(layout.docker_socket)) < 100
    assert len(str(layout.runtime / "containerd" / "io.containerd.runtime.v2.task")) < 100
    assert len(layout.bridge(254)) <= 15
