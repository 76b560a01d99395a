"""The settings that a release is to get, as they are judged with the stack file."""

import pytest

from operate.stack.config.desired_release import DesiredRelease
from operate.stack.config.release_settings import release_settings
from operate.stack.facts import Colour


@pytest.mark.parametrize("releases", [["1"], "1", {"2": "memory"}])
def test_what_are_no_releases_are_left_for_the_reader_to_name(releases: object) -> None:
    values = release_settings({"releases": releases}, DesiredRelease(Colour.BLACK, "2", {"memory": "1"}))
    assert values == {"black": "2"}


def test_an_existing_release_keeps_the_settings_that_are_not_given_again() -> None:
    configured = {"releases": {"1": {}, "2": {"memory": 1024, "uploads": 4}}}
    values = release_settings(configured, DesiredRelease(Colour.RED, "2", {"memory": "2048"}, "1"))
    assert values == {
        "red": "2",
        "releases": {"1": {}, "2": {"memory": 2048, "uploads": 4}},
        "keepRelease": "1",
    }
    assert release_settings({}, DesiredRelease(Colour.BLACK, "2")) == {
        "black": "2",
        "releases": {"1": {}, "2": {}},
    }
