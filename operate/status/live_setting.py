"""Whether the stack file notes the colour that is live: a front door that is set up anew begins with it."""

from pathlib import Path

from operate.stack.config.release_settings import live_colour
from operate.stack.config.setting_keys import LIVE
from operate.stack.config.stack_file import read_setting, stack_file_of
from operate.stack.facts import Colour


def noted_live(environment: str, config_file: Path | None) -> str | None:
    """Return the setting `live` of a stack's file, "" where it has none; None where there is no file.

    Args:
        environment: Name of the stack.
        config_file: The stack's file where it is elsewhere.
    """
    file = stack_file_of(environment, config_file)
    return read_setting(file, LIVE) if file.is_file() else None


def live_setting_warnings(
    environment: str, setting: str | None, live: Colour | None, *, is_under_way: bool
) -> tuple[str, ...]:
    """Return a warning where the stack file notes the other colour, and nothing under way will note this one.

    Args:
        environment: Name of the stack.
        setting: Setting `live` of the stack file; "" is its default, red. None is not compared.
        live: Colour that is live at all front doors; None where they differ or do not answer.
        is_under_way: Whether a swap or a rollback is under way, which notes the colour at its end.
    """
    colour = live_colour(setting)
    if setting is None or is_under_way or live is None or colour == live.value:
        return ()
    warning = (
        f"{live} is live, and the stack file notes {colour}: a front door that is set up anew would begin"
        f" with {colour}; `pulumi config set live {live} --stack {environment}` notes {live}"
    )
    return (warning,)
