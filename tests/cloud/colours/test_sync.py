"""door-colours.sh on a real HAProxy: it declares colours, and refuses what would change the live one."""

import os
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from components.remote.script_source import script_source
from harness.proxies.local_proxy import LocalProxy
from tests.cloud.colours.two_colours import COLOURS, SWITCH, TwoColours


def test_syncing_colours_changes_no_live_colour(pair: TwoColours) -> None:
    pair.checked_run(SWITCH, "black", "90")
    assert sync(pair, "red=3", "black=2") == "black"
    for colour_releases, message in (
        (("red=3",), "colour black, release 2, is live and would be taken away"),
        (("red=3", "black=4"), "colour black is live with release 2 and would get release 4"),
    ):
        done = pair.run(COLOURS, "sync", "prod", "modern,legacy", "red", *colour_releases)
        assert done.returncode == 1
        assert message in done.stderr
    assert sync(pair, "black=2") == "black"
    assert sync(pair, "red=1", "black=2") == "black"


FIRST = ("red=1:modern.aaaa:a@i", "black=2:modern.bbbb:a@i")
RECIPES = "red modern.memory 512\nred modern.image.name a\nblack modern.memory 640\n"


def sync(pair: TwoColours, *colours: str) -> str:
    """Declare colours to both doors; returns the live one."""
    arguments = ("sync", "prod", "modern,legacy", "red", *colours)
    return pair.checked_run(COLOURS, *arguments, stdin_payload=RECIPES)


def test_a_connection_that_breaks_before_the_recipes_changes_nothing(pair: TwoColours) -> None:
    pair.checked_run(SWITCH, "red", "800")
    sync(pair, *FIRST)
    before = files(pair.proxy.folder)
    done = pair.run(COLOURS, "sync", "prod", "modern,legacy", "red", FIRST[0], "black=3:modern.dddd:a@i")
    assert done.returncode == 1
    assert "recipes could not be written, and is as it was" in done.stderr
    assert files(pair.proxy.folder) == before


@pytest.mark.parametrize("action", ["check", "sync"])
def test_what_would_make_the_live_container_otherwise_is_refused(pair: TwoColours, action: str) -> None:
    """Before anything is touched, with what changes and the command that makes it live."""
    pair.checked_run(SWITCH, "red", "900")
    assert sync(pair, *FIRST) == "red"
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
    sync(pair, "red=1:x:a@forced", "black=2:modern.bbbb:a@i")
    sync(pair, *FIRST)
    assert pair.checked_run(COLOURS, "check", "prod", "modern,legacy", "red", *colours) == ""
    assert sync(pair, *colours) == "red"
    moved = pair.run(COLOURS, "check", "prod", "modern", "red", "red=1:modern.aaaa:b@another")
    assert "is live, and its container would be replaced" in moved.stderr
    lines = (pair.proxy.folder / "colours").read_text().splitlines()
    assert lines == [colour.replace("=", " ").replace(":", " ") for colour in colours]


def test_a_permission_is_for_one_replacement(pair: TwoColours) -> None:
    """It was an argument of the sync, so that the next `pulumi up` had another one, and an update to make."""
    pair.checked_run(SWITCH, "red", "900")
    sync(pair, "red=1:x:a@forced", FIRST[1])
    sync(pair, *FIRST)
    changed, other = (f"red=1:modern.{digits}:a@i" for digits in ("cccc", "dddd"))
    common = ("prod", "modern,legacy", "red")
    assert pair.checked_run(COLOURS, "permit", *common, f"{changed}:replace", FIRST[1]) == ""
    for refused in (other, "red=1:modern.cccc:b@i"):
        done = pair.run(COLOURS, "sync", *common, refused, FIRST[1], stdin_payload=RECIPES)
        assert "is live, and its container would be replaced" in done.stderr
    assert sync(pair, changed, FIRST[1]) == "red"
    assert (pair.proxy.folder / "colours").read_text().splitlines()[0] == "red 1 modern.cccc a@i"
    assert not (pair.proxy.folder / "permitted").exists()
    done = pair.run(COLOURS, "sync", *common, other, FIRST[1], stdin_payload=RECIPES)
    assert done.returncode == 1


def test_a_permission_that_was_not_used_ends(pair: TwoColours) -> None:
    pair.checked_run(SWITCH, "red", "900")
    sync(pair, "red=1:x:a@forced", FIRST[1])
    sync(pair, *FIRST)
    arguments = ("prod", "modern,legacy", "red", "red=1:modern.cccc:a@i", FIRST[1])
    pair.checked_run(COLOURS, "permit", *arguments[:3], f"{arguments[3]}:replace", FIRST[1])
    hours_ago = time.time() - 2 * 3600
    os.utime(pair.proxy.folder / "permitted", (hours_ago, hours_ago))
    done = pair.run(COLOURS, "sync", *arguments, stdin_payload=RECIPES)
    assert "is live, and its container would be replaced" in done.stderr


def test_a_server_without_doors_refuses_nothing(tmp_path: Path) -> None:
    colours = TwoColours(LocalProxy(tmp_path / "none"), {})
    for action, permission in (("check", ""), ("permit", ":replace")):
        colour = f"red=1:modern.aaaa:a@i{permission}"
        assert colours.checked_run(COLOURS, action, "prod", "modern", "red", colour) == ""
    (tmp_path / "none").mkdir(exist_ok=True)
    assert colours.checked_run(COLOURS, "sync", "prod", "modern", "red", "red=1:modern.aaaa:a@i") == "red"


PUBLISHED = ("published", "{}", "prod", "legacy", "red")


def published(folder: Path, action: str, *colours: str, recipes: str = "") -> tuple[int, str, str]:
    """Run the script for a registry that Docker publishes itself."""
    words = [word.format(action) for word in PUBLISHED]
    done = subprocess.run(
        ["bash", "-s", "--", *words, *colours],
        input=script_source(COLOURS.name) + recipes,
        env={**os.environ, "REGISTRY_PUBLISHED": str(folder), "REGISTRY_DOOR": "/nowhere"},
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    return done.returncode, done.stdout.strip(), done.stderr


@pytest.mark.parametrize("action", ["check", "sync"])
def test_a_registry_without_a_door_is_not_replaced_either(tmp_path: Path, action: str) -> None:
    """It has no other colour: a plain `pulumi up` refuses, and the operator may permit it."""
    folder, recipes = tmp_path / "published", "red legacy.memory 512\nred legacy.secrets.swift.key a\n"
    known = "red=1:legacy.aaaa:a@i"
    assert published(folder, action, known)[0] == 0
    assert published(folder, "sync", known, recipes=recipes) == (0, "red", "")
    assert published(folder, action, known, recipes=recipes)[0] == 0
    for changed in ("red=1:legacy.bbbb:a@i", "red=2:legacy.aaaa:a@i", "black=1:legacy.aaaa:a@i"):
        code, _, refusal = published(folder, action, changed, recipes="red legacy.memory 640\n")
        assert code == 1
        assert "release 1 is published without a door, and its container would be replaced" in refusal
        assert f"SOFTLAYER_REGISTRY_REPLACE_LIVE={changed.partition('=')[0]} pulumi up" in refusal
        assert (folder / "colours").read_text() == "red 1 legacy.aaaa a@i\n"
        assert published(folder, "check", f"{changed}:replace")[0] == 0
    permitted = "red=1:legacy.bbbb:a@i"
    assert published(folder, "permit", f"{permitted}:replace")[0] == 0
    assert published(folder, "sync", permitted, recipes=recipes)[0] == 0
    assert published(folder, "sync", known, recipes=recipes)[0] == 1
    assert published(folder, "sync", f"{known}:replace", recipes=recipes)[0] == 0
    # An adoption has other secrets, and may have nothing else.
    adopted = "red=1:legacy.bbbb:a@i:adopt"
    assert published(folder, "check", adopted, recipes=recipes.replace("key a", "key b"))[0] == 0
    code, _, refusal = published(folder, "check", adopted, recipes=recipes.replace("512", "640"))
    assert (code, "SOFTLAYER_REGISTRY_REPLACE_LIVE=red bin/operate adopt prod" in refusal) == (1, True)
    assert published(folder, "check", "red=1:legacy.bbbb:a@another")[0] == 0
    assert published(folder, "sync", "red=2:legacy.bbbb:a@i:replace", recipes=recipes)[0] == 0
    assert published(folder, action, "red=2:legacy.bbbb:a@i", recipes=recipes)[0] == 0


def files(folder: Path) -> dict[str, str]:
    """What the doors know of colours."""
    return {name: (folder / name).read_text() for name in ("colours", "recipes", "live.map", "fence")}
