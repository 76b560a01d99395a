"""The last entry that an operator wrote is found behind any number of others, by few reads."""

from collections.abc import Collection

from hypothesis import given, settings
from hypothesis import strategies as st

from operate.history.history_end import SKIPPED_LIMIT, ListedEnd, find_listed_end
from tests.support.campaign import examples

READS = 100
"""More than a search by halves takes of a million objects, with its neighbours one by one."""


def search(genuine: set[int], foreign: set[int], late: Collection[int] = ()) -> tuple[ListedEnd, int]:
    """Return the end, and how many objects were read for it."""
    reads = list[int]()

    def is_genuine(number: int) -> bool | None:
        reads.append(number)
        return None if number in late else number in genuine

    end = find_listed_end([*genuine, *(foreign - genuine)], is_genuine)
    assert len(reads) == len(set(reads)), "each is read once"
    return end, len(reads)


@settings(max_examples=examples(full=2000, sample=100))
@given(st.integers(1, 300), st.integers(0, 5000), st.sets(st.integers(301, 10**6), max_size=50))
def test_what_others_put_behind_the_end_hides_nothing(count: int, contiguous: int, apart: set[int]) -> None:
    foreign = {*range(count + 1, count + 1 + contiguous), *apart}
    end, reads = search(set(range(1, count + 1)), foreign)
    assert end.number == count
    assert end.foreign == tuple(sorted(foreign, reverse=True)[:SKIPPED_LIMIT])
    assert end.further == max(0, len(foreign) - SKIPPED_LIMIT)
    assert reads <= READS


@settings(max_examples=examples(full=2000, sample=100))
@given(st.integers(0, 300), st.sets(st.integers(1, 400), max_size=300))
def test_whatever_was_exchanged_the_search_ends_and_names_no_foreign_entry(
    count: int, exchanged: set[int]
) -> None:
    genuine = set(range(1, count + 1)) - exchanged
    end, reads = search(genuine, exchanged)
    assert end.number in genuine | {0}
    assert not genuine & set(end.foreign)
    assert reads <= 2 * READS


def test_an_exchanged_entry_right_above_the_first_genuine_one_hides_nothing() -> None:
    foreign = {*range(101, 200), *range(90, 100)}
    end, _ = search(set(range(1, 101)) - foreign, foreign)
    assert end.number == 100


def test_without_a_genuine_entry_there_is_no_end() -> None:
    """As after an adoption whose machine does not remember the key of the lost state."""
    assert search(set(), set())[0] == ListedEnd(0)
    end, _ = search(set(), set(range(1, 51)))
    assert (end.number, len(end.foreign), end.further) == (0, SKIPPED_LIMIT, 50 - SKIPPED_LIMIT)


def test_what_a_late_listing_still_has_is_nobody_s() -> None:
    assert search({1, 2}, {3}, late={3})[0] == ListedEnd(2)
