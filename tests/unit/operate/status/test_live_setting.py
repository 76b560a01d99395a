"""A stack file that notes the other colour as live is named, unless a swap under way will note it."""

import pytest

from operate.stack.facts import Colour
from operate.status.live_setting import live_setting_warnings


@pytest.mark.parametrize(
    ("setting", "live"), [("black", Colour.RED), ("", Colour.BLACK), ("red", Colour.BLACK)]
)
def test_the_other_colour_is_named_with_the_command_that_notes_the_live_one(
    setting: str, live: Colour
) -> None:
    (text,) = live_setting_warnings("prod", setting, live, is_under_way=False)
    assert f"{live} is live, and the stack file notes {live.opposite}" in text
    assert f"`pulumi config set live {live} --stack prod`" in text


@pytest.mark.parametrize(
    ("setting", "live", "is_under_way"),
    [
        ("red", Colour.RED, False),
        ("", Colour.RED, False),
        ("black", Colour.RED, True),
        ("black", None, False),
    ],
)
def test_what_agrees_or_will_be_noted_is_no_warning(
    setting: str, live: Colour | None, is_under_way: bool
) -> None:
    assert live_setting_warnings("prod", setting, live, is_under_way=is_under_way) == ()
