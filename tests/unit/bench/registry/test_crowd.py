"""What the bench of crowds makes of a container's memory."""

import pytest

from bench.registry.crowd import Outcome, peak_memory, report


@pytest.mark.parametrize(
    ("samples", "peak"),
    [(["anon 1048576", "anon 3145728", "anon 2097152"], 3.0), (["total_rss 2097152\n"], 2.0), ([], None)],
)
def test_the_peak_is_the_largest_sample_of_either_cgroup_version(
    samples: list[str], peak: float | None
) -> None:
    assert peak_memory(samples) == peak


@pytest.mark.parametrize(("peak", "cell"), [(211.6, "212 / 1024"), (None, "not measured / 1024")])
def test_a_memory_that_was_not_measured_is_not_reported_as_none(
    capsys: pytest.CaptureFixture[str], peak: float | None, cell: str
) -> None:
    assert report({"swift": Outcome(64, 200, peak=peak, limit=1024)})
    assert cell in capsys.readouterr().out
