"""door-colours.sh on a real HAProxy: it declares colours, and refuses what would change the live one."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.cloud.local_door import LocalProxy
from tests.cloud.two_colours import COLOURS, SWITCH, TwoColours


def test_syncing_colours_changes_no_live_colour(pair: TwoColours) -> None:
    pair.checked_run(SWITCH, "black", "90")
    assert pair.checked_run(COLOURS, "sync", "prod", "modern,legacy", "red", "red=3", "black=2") == "black"
    for colour_releases, message in (
        (("red=3",), "colour black, release 2, is live and would be taken away"),
        (("red=3", "black=4"), "colour black is live with release 2 and would get release 4"),
    ):
        done = pair.run(COLOURS, "sync", "prod", "modern,legacy", "red", *colour_releases)
        assert done.returncode == 1
        assert message in done.stderr
    assert pair.checked_run(COLOURS, "sync", "prod", "modern,legacy", "red", "black=2") == "black"
    assert pair.checked_run(COLOURS, "sync", "prod", "modern,legacy", "red", "red=1", "black=2") == "black"


FIRST = ("red=1:modern.aaaa:a@i", "black=2:modern.bbbb:a@i")
RECIPES = "red modern.memory 512\nred modern.image.name a\nblack modern.memory 640\n"


@pytest.mark.parametrize("action", ["check", "sync"])
def test_what_would_make_the_live_container_otherwise_is_refused(pair: TwoColours, action: str) -> None:
    """Before anything is touched, with what changes and the command that makes it live."""
    pair.checked_run(SWITCH, "red", "900")
    assert (
        pair.checked_run(COLOURS, "sync", "prod", "modern,legacy", "red", *FIRST, stdin_payload=RECIPES)
        == "red"
    )
    before = files(pair.proxy.folder)
    now = RECIPES.replace("red modern.memory 512", "red modern.memory 700")
    arguments = (action, "prod", "modern,legacy", "red", "red=1:modern.cccc:a@i", "black=2:modern.bbbb:a@i")
    done = pair.run(COLOURS, *arguments, stdin_payload=now)
    assert done.returncode == 1
    assert "colour red, release 1, is live" in done.stderr
    assert "(before: modern.memory 512; now: modern.memory 700)" in done.stderr
    assert "`operate swap prod --to RELEASE`" in done.stderr
    assert files(pair.proxy.folder) == before
    pair.checked_run(SWITCH, "black", "900")
    assert pair.checked_run(COLOURS, *arguments, stdin_payload=now) in ("black", "")


@pytest.mark.parametrize(
    "colours",
    [
        FIRST,
        # A generation may come and go.
        ("red=1:modern.aaaa+legacy.eeee:a@i", "black=2:modern.bbbb:a@i"),
        ("red=1:legacy.eeee:a@i", "black=2:modern.bbbb:a@i"),
        # Of a colour that is not live everything may change.
        ("red=1:modern.aaaa:a@i", "black=3:modern.dddd:a@i"),
        ("red=1:modern.aaaa:a@i",),
        # On another installation of the server, or where the operator says so, there is nothing to protect.
        ("red=1:modern.cccc:a@another", "black=2:modern.bbbb:a@i"),
        ("red=1:modern.cccc:a@i:replace", "black=2:modern.bbbb:a@i"),
    ],
)
def test_what_leaves_the_live_container_as_it_is_is_synced(pair: TwoColours, colours: Sequence[str]) -> None:
    pair.checked_run(SWITCH, "red", "900")
    pair.checked_run(
        COLOURS, "sync", "prod", "modern,legacy", "red", "red=1:x:a@forced", "black=2:modern.bbbb:a@i"
    )
    pair.checked_run(COLOURS, "sync", "prod", "modern,legacy", "red", *FIRST, stdin_payload=RECIPES)
    assert pair.checked_run(COLOURS, "check", "prod", "modern,legacy", "red", *colours) == ""
    assert pair.checked_run(COLOURS, "sync", "prod", "modern,legacy", "red", *colours) == "red"
    moved = pair.run(COLOURS, "check", "prod", "modern", "red", "red=1:modern.aaaa:b@another")
    assert "is live, and its container would be replaced" in moved.stderr
    lines = (pair.proxy.folder / "colours").read_text().splitlines()
    assert lines == [colour.replace("=", " ").replace(":", " ") for colour in colours]


def test_a_server_without_doors_refuses_nothing(tmp_path: Path) -> None:
    colours = TwoColours(LocalProxy(tmp_path / "none"), {})
    assert colours.checked_run(COLOURS, "check", "prod", "modern", "red", "red=1:modern.aaaa:a@i") == ""
    (tmp_path / "none").mkdir(exist_ok=True)
    assert colours.checked_run(COLOURS, "sync", "prod", "modern", "red", "red=1:modern.aaaa:a@i") == "red"


def files(folder: Path) -> dict[str, str]:
    """What the doors know of colours."""
    return {name: (folder / name).read_text() for name in ("colours", "recipes", "live.map", "fence")}
