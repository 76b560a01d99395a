"""What a stack without outputs is advised to run: the state of one that has lived is lost."""

from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from operate.error import OperateError
from operate.images.endpoint import parse_endpoints
from operate.login.login import parse_login
from operate.stack.lost_state import has_lived, read_facts

FRESH: Mapping[str, object] = {"servers": [{"name": "a"}], "red": "1"}
MARKS: list[Mapping[str, object]] = [
    {"live": "red"},
    {"lastSwap": {"token": "7"}},
    {"keepRelease": "1"},
    {"move": {"from": "dal05-a"}},
    {"retiringDoors": ["dal05-b"]},
    {"rotation": {"kind": "secrets"}},
]


def stack_file(folder: Path, settings: Mapping[str, object]) -> Path:
    file = folder / "Pulumi.prod.yaml"
    config = {f"softlayer-registry:{name}": value for name, value in settings.items()}
    file.write_text(yaml.safe_dump({"config": config}))
    return file


@pytest.mark.parametrize("mark", MARKS)
def test_a_stack_that_has_lived_is_taken_over(mark: dict[str, object], tmp_path: Path) -> None:
    file = stack_file(tmp_path, {**FRESH, **mark})
    assert has_lived(file)
    with pytest.raises(OperateError) as raised:
        read_facts("prod", file, None)
    message = str(raised.value)
    assert message.startswith("environment prod: it has no output `operate`; its file shows that")
    assert "run `operate adopt prod`" in message
    assert "docs/runbooks/lost-state.md" in message


def test_a_fresh_stack_is_brought_up(tmp_path: Path) -> None:
    file = stack_file(tmp_path, FRESH)
    assert not has_lived(file)
    with pytest.raises(OperateError, match=r"it has no output `operate`; run `pulumi up`$"):
        read_facts("prod", file, None)
    assert not has_lived(tmp_path / "missing.yaml")


@pytest.mark.parametrize("parse", [parse_login, parse_endpoints])
@pytest.mark.parametrize(("is_lost", "advice"), [(True, "run `operate adopt"), (False, "run `pulumi up`$")])
def test_login_and_images_advise_the_same(
    parse: object, advice: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_lost: bool
) -> None:
    file = stack_file(tmp_path, {**FRESH, **(MARKS[0] if is_lost else {})})
    for module in ("login.login", "images.endpoint"):
        monkeypatch.setattr(f"operate.{module}.stack_file_of", lambda _: file)
    assert callable(parse)
    with pytest.raises(OperateError, match=advice):
        parse("prod", {})
