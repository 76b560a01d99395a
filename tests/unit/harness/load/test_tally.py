"""What the clients of a load saw, as a test that is cut off shows it."""

import time

from harness.load.tally import Tally


def test_a_summary_has_failures_and_the_slowest_answers() -> None:
    tally = Tally()
    now = time.monotonic()
    for seconds in range(12):
        tally.answered(f"read {seconds}", now - seconds)
    tally.failed("upload PUT", "failed", "status 502")
    first, failure, *slowest = tally.summarize().splitlines()
    assert first == "load: 13 requests, 1 failed"
    assert failure.split(" s ")[1] == "upload PUT: failed: status 502"
    assert slowest[-1].endswith("read 11: answered after 11.0 s")
    assert len(slowest) == 10


def test_a_load_that_has_seen_nothing_yet_has_a_summary() -> None:
    assert Tally().summarize() == "load: 0 requests, 0 failed"
