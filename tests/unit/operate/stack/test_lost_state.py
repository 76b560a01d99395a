"""What a stack without outputs is advised to run: the state of one that has lived is lost."""

from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from operate.error import OperateError
from operate.images.endpoint import parse_endpoints
from operate.login.login import parse_login
from operate.stack import account_traces
from operate.stack.lost_state import read_facts
from operate.stack.traces import Traces, describe_advice, has_lived

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


def test_an_adoption_under_way_is_named(tmp_path: Path) -> None:
    """Its first `up` has not ended."""
    file = stack_file(tmp_path, {**FRESH, "adoption": {"by": "anna@desk", "since": "12:00"}})
    assert has_lived(file)
    with pytest.raises(
        OperateError, match=r"an adoption \(by anna@desk since 12:00\) has not ended"
    ) as raised:
        read_facts("prod", file, None)
    assert "`operate adopt prod` resumes it" in str(raised.value)
    assert "its file shows" not in str(raised.value)


def test_a_fresh_stack_is_brought_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(account_traces, "find_traces", lambda *_: Traces())
    file = stack_file(tmp_path, FRESH)
    assert not has_lived(file)
    with pytest.raises(OperateError, match=r"it has no output `operate`; run `pulumi up`$"):
        read_facts("prod", file, None)
    assert not has_lived(tmp_path / "missing.yaml")


def test_servers_in_the_account_alone_are_taken_over() -> None:
    advice = describe_advice("prod", Traces(servers=("dal05-a", "dal05-b")))
    assert advice.startswith(
        "the account has dal05-a, dal05-b, and its state does not: run `operate adopt prod`"
    )
    assert "docs/runbooks/lost-state.md" in advice


def test_where_the_account_does_not_answer_both_ways_are_named() -> None:
    advice = describe_advice("prod", Traces(unknown="no answer within 20 s"))
    assert advice == (
        "run `pulumi up` where it is new, and `operate adopt prod` where it has had servers, which is not"
        " known (no answer within 20 s). See docs/runbooks/lost-state.md"
    )


def test_the_account_is_searched_for_the_servers_of_the_stack_file(tmp_path: Path) -> None:
    servers = [{"name": "a", "datacenter": "dal05"}, {"name": "m", "datacenter": "ams01", "preset": "S"}]
    file = stack_file(tmp_path, {"domain": "example.com", "servers": servers})
    guest, metal = account_traces.planned_servers("prod", file)
    assert (guest["kind"], guest["name"]) == ("VirtualGuest", "dal05-a")
    tags = ["softlayer-registry", "prod"]
    assert guest["inputs"] == {"hostname": "dal05-a", "domain": "example.com", "tags": tags}
    assert (metal["kind"], metal["name"]) == ("BareMetalServer", "ams01-m")
    assert account_traces.planned_servers("prod", tmp_path / "missing.yaml") == []


@pytest.mark.parametrize("parse", [parse_login, parse_endpoints])
@pytest.mark.parametrize(("is_lost", "advice"), [(True, "run `operate adopt"), (False, "run `pulumi up`$")])
def test_login_and_images_advise_the_same(
    parse: object, advice: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_lost: bool
) -> None:
    file = stack_file(tmp_path, {**FRESH, **(MARKS[0] if is_lost else {})})
    monkeypatch.setattr(account_traces, "find_traces", lambda _, file: Traces(in_file=has_lived(file)))
    for module in ("login.login", "images.endpoint"):
        monkeypatch.setattr(f"operate.{module}.stack_file_of", lambda _: file)
    assert callable(parse)
    with pytest.raises(OperateError, match=advice):
        parse("prod", {})
