"""The operator's browser."""

import os
import sys
import webbrowser
from collections.abc import Mapping

_DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")


def has_browser(variables: Mapping[str, str] = os.environ, platform: str = sys.platform) -> bool:
    """Return whether pages can be shown in a window; a browser in the terminal would take it over.

    Args:
        variables: The process environment; BROWSER names a browser of the operator's choice.
        platform: Platform as `sys.platform` has it.
    """
    return platform == "darwin" or any(variables.get(name) for name in _DISPLAYS)


def show_page(url: str) -> bool:
    """Open a page in the operator's browser; returns whether there is one.

    Args:
        url: Address of the page.
    """
    return has_browser() and webbrowser.open(url)
