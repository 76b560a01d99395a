"""The progress of a rotation is in the stack file, and a release with its secret has a name of its own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operate.error import OperateError
from operate.record.rotation_plan import KINDS, RotationProgress, next_step, read_progress
from operate.rotate.changes import release_name, with_release
from tests.unit.operate.rotate.strategies import NAMES


@given(live=NAMES, names=st.sets(NAMES, max_size=20))
def test_a_release_with_another_secret_has_a_name_of_its_own(live: str, names: set[str]) -> None:
    releases: dict[str, object] = {name: {"version": "2.8.3"} for name in {*names, live}}
    name = release_name(live, releases)
    assert name not in releases
    assert len(name) <= 32
    assert with_release(name, live, releases)[name] == {"version": "2.8.3"}


@given(
    kind=st.sampled_from(sorted(KINDS)),
    done=st.integers(0, 8),
    release=NAMES,
    generation=st.integers(0, 99),
)
def test_progress_is_read_as_it_was_written(kind: str, done: int, release: str, generation: int) -> None:
    steps = KINDS[kind].steps[:done]
    progress = RotationProgress(kind, release, generation, steps, "2026-01-01T00:00:00Z")
    assert read_progress(progress.as_json()) == progress
    assert next_step(KINDS[kind], progress) == next(iter(KINDS[kind].steps[done:]), None)


@pytest.mark.parametrize("value", ["text", {}, {"kind": "root"}, []])
def test_unreadable_progress_names_the_remedy(value: object) -> None:
    with pytest.raises(OperateError, match="pulumi config rm rotation"):
        read_progress(value)
