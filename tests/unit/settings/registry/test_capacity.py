"""Memory, uploads and pulls at once: each follows from the other, and what does not fit is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settings import ModernCapacity, SettingsError, parse
from settings.registry.capacity import CapacityRequest, legacy_capacity, modern_capacity_within
from tests.support.stack_settings import MINIMAL

AT_ONCE = st.integers(0, 500)
MEMORY = st.just(0) | st.integers(64, 65536)


def test_the_defaults_need_one_gibibyte() -> None:
    modern = parse(MINIMAL).registry.modern
    assert modern
    assert modern.capacity == ModernCapacity(12, 48, 1024)
    assert legacy_capacity(8, 0, 0).memory == 1024
    assert legacy_capacity(8, 0, 0).layers == 4


@given(MEMORY, AT_ONCE, AT_ONCE)
def test_what_is_taken_on_fits_into_the_memory_or_is_refused(memory: int, uploads: int, pulls: int) -> None:
    request = CapacityRequest(memory, uploads, pulls)
    capacity = request.capacity
    assert min(capacity.uploads, capacity.pulls) >= 1
    assert capacity.memory == (memory or capacity.needed_memory)
    fits = capacity.needed_memory <= capacity.memory
    # One upload at a time is the least; a release with less memory is found out by its health.
    assert fits or request.problem or (capacity.uploads == 1 and not uploads and not pulls)


@given(st.integers(232, 65536))
def test_more_memory_never_takes_on_less(memory: int) -> None:
    less, more = modern_capacity_within(memory), modern_capacity_within(memory + 1)
    assert less.uploads <= more.uploads
    assert less.needed_memory <= memory


@given(MEMORY, AT_ONCE, AT_ONCE)
def test_the_heaps_of_both_processes_leave_room_in_the_container(
    memory: int, uploads: int, pulls: int
) -> None:
    capacity = CapacityRequest(memory, uploads, pulls).capacity
    heaps = [int(capacity.heap_limit(process).removesuffix("MiB")) for process in ("uploads", "pulls")]
    assert 0.9 * capacity.memory - 2 <= sum(heaps) <= 0.9 * capacity.memory


@given(st.integers(1, 64), AT_ONCE, MEMORY)
def test_the_legacy_registry_has_memory_for_its_layers(workers: int, layers: int, memory: int) -> None:
    capacity = legacy_capacity(workers, layers, memory)
    assert capacity.layers >= 1
    assert capacity.memory >= 64


def test_too_little_memory_for_the_uploads_is_refused_with_the_figures() -> None:
    with pytest.raises(SettingsError) as refused:
        parse(MINIMAL | {"registryMemory": 500, "registryUploads": 12})
    assert (
        "registryMemory: must be at least 1024 for 12 uploads and 48 pulls at once, got 500; leave it out, or"
        " lower these"
    ) in str(refused.value)
    with pytest.raises(SettingsError, match=r"releases\.2\.memory: must be at least 3904"):
        parse(MINIMAL | {"releases": {"1": {}, "2": {"memory": 1024, "uploads": 84}}, "red": "2"})


def test_a_container_has_swap_space_only_where_it_is_set() -> None:
    both = MINIMAL | {"registryGeneration": "both"}
    for settings, expected in ((both, 0), (both | {"registryMemorySwap": 512}, 512)):
        registry = parse(settings).registry
        assert registry.modern
        assert registry.legacy
        assert [registry.modern.memory_swap, registry.legacy.memory_swap] == [expected, expected]
        assert registry.modern.capacity == ModernCapacity(12, 48, 1024), "nothing counts on it"
    with pytest.raises(SettingsError, match="registryMemorySwap: must be between 0"):
        parse(MINIMAL | {"registryMemorySwap": -1})


@pytest.mark.parametrize("generation", ["modern", "legacy"])
def test_a_release_overrides_the_swap_space_of_either_generation(generation: str) -> None:
    stack: dict[str, object] = {"registryGeneration": generation, "registryMemorySwap": 32, "black": "2"}
    settings = parse(MINIMAL | stack | {"releases": {"1": {}, "2": {"memorySwap": 64}}})
    registries = [release.registry for release in settings.colours.releases.values()]
    each = [registry.modern or registry.legacy for registry in registries]
    assert [settings.memory_swap for settings in each if settings] == [32, 64]


def test_a_release_with_less_memory_takes_on_less() -> None:
    settings = parse(MINIMAL | {"releases": {"1": {}, "2": {"memory": 300}}, "black": "2"})
    modern = {colour: release.registry.modern for colour, release in settings.colours.releases.items()}
    assert modern["black"]
    assert modern["black"].capacity == ModernCapacity(1, 4, 300)
