"""Deals tests out to the workers of pytest-xdist, which runs them with `--dist loadgroup`.

Tests that share a fixture of their module go to one worker, all others one by one to whichever is free. Those
of the unit tier go by module as well: most take less time than it takes to hand one over, and what a module
caches is then read once. What takes longest starts first, so that no worker idles at the end: order by count,
which is xdist's own, does not know that three tests of a stack take longer than sixty of a parser.
"""

from collections.abc import Iterator

import pytest

EXPECTED_SECONDS = "expected_seconds"
"""Marker of modules and tests that take longer than most: `pytest.mark.expected_seconds(180)`."""
_SHARED = {"module", "package", "class"}
_QUICK_TIER = "tests/unit/"


def deal_out(items: list[pytest.Item]) -> None:
    """Group the tests by what they share, and put the groups that take longest first.

    Args:
        items: the collected tests; reordered in place. Within a group their order stays.
    """
    seconds: dict[str, float] = {}
    for item in items:
        group = _group(item)
        if group != item.nodeid:
            item.add_marker(pytest.mark.xdist_group(group))
        marker = item.get_closest_marker(EXPECTED_SECONDS)
        expected = float(marker.args[0]) if marker else 0.0
        seconds[group] = max(seconds.get(group, 0.0), expected)
    items.sort(key=lambda item: -seconds[_group(item)])


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """Deal out the collected tests, before pytest-xdist writes the groups into their names.

    It does so first of all hooks that are no wrappers.
    """
    deal_out(items)
    yield


def _group(item: pytest.Item) -> str:
    """Return the name of the group of a test: its module if that goes as a whole, else the test itself."""
    marker = item.get_closest_marker("xdist_group")
    if marker:
        return str(marker.args[0])
    stays_with_module = _shares_a_fixture(item) or _is_quick(item)
    return item.nodeid.partition("::")[0] if stays_with_module else item.nodeid


def _is_quick(item: pytest.Item) -> bool:
    return item.nodeid.startswith(_QUICK_TIER) and not item.get_closest_marker(EXPECTED_SECONDS)


def _shares_a_fixture(item: pytest.Item) -> bool:
    if not isinstance(item, pytest.Function):
        return False
    definitions = item._fixtureinfo.name2fixturedefs.values()
    return any(definition[-1].scope in _SHARED for definition in definitions)
