"""Under an adoption the live colour gets other secrets, and nothing else: the state that had them is lost."""

import os
import subprocess
from pathlib import Path

import pytest

from components.registry.container.adopted import ADOPTING_VARIABLE, PRESENT_VARIABLE
from components.remote.script_source import script_source
from tests.program.operator_config import operator
from tests.program.program_under_mocks import plain, run_program

__all__ = ["operator"]

COMMON = ("prod", "modern,legacy", "red")
BEFORE = "red=1:modern.aaaa:a@i"
RECIPE = "red server a\nred modern.memory 512\nred modern.secrets.http.secret 1111\n"
OTHER_SECRET = RECIPE.replace("1111", "2222")


def sync(folder: Path, action: str, colour: str, recipe: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["bash", "-s", "--", action, *COMMON, colour],
        input=script_source("door-colours.sh") + recipe,
        env={"PATH": os.environ["PATH"], "REGISTRY_DOOR": str(folder)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture
def door(tmp_path: Path) -> Path:
    assert sync(tmp_path, "sync", BEFORE, RECIPE).stdout == "red\n"
    return tmp_path


@pytest.mark.parametrize("action", ["check", "sync"])
@pytest.mark.parametrize(
    ("permission", "recipe", "refused"),
    [
        ("", OTHER_SECRET, True),
        (":adopt", OTHER_SECRET, False),
        (":adopt", OTHER_SECRET + "red legacy.memory 64\n", False),
        (":adopt", OTHER_SECRET.replace("512", "700"), True),
        (":adopt", OTHER_SECRET.replace("server a", "server b"), True),
        (":adopt", "", True),
        (":replace", OTHER_SECRET.replace("512", "700"), False),
    ],
)
def test_an_adoption_may_change_the_secrets_of_what_is_live(
    door: Path, action: str, permission: str, recipe: str, refused: bool
) -> None:
    done = sync(door, action, f"red=1:modern.bbbb+legacy.cccc:a@i{permission}", recipe)
    assert (done.returncode != 0) is refused, done.stderr
    if refused:
        assert "colour red, release 1, is live, and its container would be replaced" in done.stderr
        assert (door / "colours").read_text().startswith("red 1 modern.aaaa ")


def test_an_adoption_takes_no_live_colour_away(door: Path) -> None:
    """What it advises is no swap, which is refused until the adoption has ended."""
    for colour, release in (("black=1", "none"), ("red=2", "2")):
        done = sync(door, "check", f"{colour}:modern.aaaa:a@i:adopt", OTHER_SECRET)
        assert f"colour red, release 1, is live, and this stack file gives it {release};" in done.stderr
        assert "with `red: 1`, and run `bin/operate adopt prod` again" in done.stderr
        assert "swap" not in done.stderr


def test_only_a_run_of_an_adoption_is_let_do_it(
    operator: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    config = {f"softlayer-registry:{key}": value for key, value in operator.items()}

    def declared_command() -> str:
        return str(plain(run_program(config).resource("dal05-a-colours").inputs["create"]))

    assert ":adopt" not in declared_command()
    monkeypatch.setenv(ADOPTING_VARIABLE, "1")
    assert ":adopt" in declared_command()


def test_containers_of_the_state_are_not_removed(
    operator: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An adoption that is resumed leaves what it has made; each run removes what the last one left."""
    config = {f"softlayer-registry:{key}": value for key, value in operator.items()}

    def removals() -> dict[str, object]:
        return {
            str(resource.name): plain(resource.inputs.get("triggers"))
            for resource in run_program(config).resources
            if str(resource.name).endswith("-adopted")
        }

    assert removals() == {}
    monkeypatch.setenv(ADOPTING_VARIABLE, "run-1")
    first = removals()
    monkeypatch.setenv(ADOPTING_VARIABLE, "run-2")
    assert first.keys() == removals().keys()
    assert first != removals()
    (name, *others) = first
    monkeypatch.setenv(PRESENT_VARIABLE, f"{name.removesuffix('-adopted')},another")
    assert list(removals()) == others
