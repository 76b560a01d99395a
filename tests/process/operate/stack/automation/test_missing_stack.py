"""A stack that does not exist: the message names the nearest one, and what to run."""

import re
from functools import partial
from pathlib import Path

import pytest

from operate.clock import SystemClock
from operate.error import OperateError
from operate.stack import account_traces
from operate.stack.automation.lazy_stack import LazyStack
from operate.stack.automation.missing_stack import (
    describe_missing_file,
    describe_missing_stack,
    explain_missing_stack,
    failure_of,
)
from operate.stack.automation.outputs import outputs
from operate.stack.facts_cache import FactsCache
from operate.stack.traces import Traces
from tests.support.stack_settings import write_stack_file

_PULUMI = """#!/bin/sh
case "$*" in
  *version*) echo v3.259.0 ;;
  *"stack ls"*) [ -z "$NO_LIST" ] || exit 1
    echo '[{"name": "local"}, {"name": "organization/softlayer-registry/prod"}]' ;;
  *) echo "error: no stack named 'lokal' found" >&2; exit 255 ;;
esac
"""


@pytest.fixture
def pulumi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A `pulumi` whose backend has the stacks local and prod."""
    program = tmp_path / "bin" / "pulumi"
    program.parent.mkdir()
    program.write_text(_PULUMI)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    monkeypatch.setenv("PULUMI_BACKEND_URL", "file:///state")


def read_facts(name: str, folder: Path, config_file: Path | None = None) -> None:
    """Ask for facts, as every command does that acts on a stack."""
    cache = FactsCache(folder, name, lambda: folder / "key")
    LazyStack(name, config_file, cache, SystemClock()).read_facts()


MESSAGE = (
    "environment lokal: there is no stack of that name in file:///state; nearest is local; `pulumi stack ls`"
    " lists those that exist; for a new one `bin/operate init lokal` writes its file, then run"
    " `pulumi stack init lokal`"
)


@pytest.mark.usefixtures("pulumi")
@pytest.mark.parametrize("listed", [True, False], ids=["listed", "not listed"])
def test_the_nearest_stack_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, listed: bool) -> None:
    """Where the backend lists none, those that have a file count."""
    monkeypatch.setenv("NO_LIST", "" if listed else "1")
    with pytest.raises(OperateError) as failure:
        read_facts("lokal", tmp_path)
    assert str(failure.value) == MESSAGE
    with pytest.raises(OperateError) as failure:
        outputs("lokal")
    assert str(failure.value) == MESSAGE


def test_where_pulumi_fails_for_another_reason_the_name_may_be_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    known = r"stacks with a file are article, .*local, .*"
    for ask in (partial(read_facts, folder=tmp_path), outputs):
        with pytest.raises(OperateError) as failure:
            ask("lokal")
        assert re.fullmatch(
            rf"environment lokal: there is no stacks/Pulumi\.lokal\.yaml; nearest is local; {known};"
            r" `operate init lokal` writes it",
            str(failure.value),
        )
        with pytest.raises(OperateError) as failure:
            ask("prod")
        assert re.match(
            rf"environment prod: there is no stacks/Pulumi\.prod\.yaml; {known}; `operate init prod`",
            str(failure.value),
        )
        with pytest.raises(
            OperateError,
            match=r"^environment single: (its outputs.*: |not found: )?pulumi cannot",
        ):
            ask("single")


@pytest.mark.usefixtures("pulumi")
@pytest.mark.parametrize(
    ("variables", "asked", "advice"),
    [
        (
            {"SL_API_KEY": "a key"},
            True,
            "the account has dal05-a, and its state does not: run `operate adopt",
        ),
        ({}, False, "which is not known (the account was not asked)"),
    ],
)
def test_the_account_is_asked_where_its_key_is_known(
    variables: dict[str, str], asked: bool, advice: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write_stack_file(tmp_path / "Pulumi.lokal.yaml", {})
    questions: list[str] = []

    def find(name: str, _: Path) -> Traces:
        questions.append(name)
        return Traces(servers=("dal05-a",))

    monkeypatch.setattr(account_traces, "find_traces", find)
    for name in ("SL_API_KEY", "SOFTLAYER_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert advice in explain_missing_stack("lokal", file)
    assert bool(questions) is asked
    ours = explain_missing_stack("local", file)
    assert ("operate adopt local" if asked else "run `make up`") in ours


@pytest.mark.usefixtures("pulumi")
@pytest.mark.parametrize(
    ("settings", "advice"),
    [
        (
            {"live": "red"},
            "its file shows that it has had servers: run `operate adopt lokal`",
        ),
        ({}, "run `pulumi up` where it is new, and `operate adopt lokal` where it has had servers"),
    ],
)
def test_a_stack_with_a_file_is_begun_in_the_backend(
    tmp_path: Path, settings: dict[str, object], advice: str
) -> None:
    """Its own name is no typing error, and its file must not be written anew."""
    file = write_stack_file(tmp_path / "Pulumi.lokal.yaml", settings)
    messages = []
    for ask in (partial(read_facts, folder=tmp_path, config_file=file), partial(outputs, config_file=file)):
        with pytest.raises(OperateError) as failure:
            ask("lokal")
        messages.append(str(failure.value))
    assert messages[0] == messages[1]
    assert f"there is no stack of that name in file:///state, though it has a file, {file}" in messages[0]
    assert f"run `pulumi stack init lokal` first. Then: {advice}" in messages[0]
    assert "nearest" not in messages[0]
    assert "operate init" not in messages[0]


def test_another_failure_of_pulumi_is_reported_with_the_missing_file() -> None:
    text = str(failure_of("lokal", "the passphrase is wrong"))
    assert text.endswith("`operate init lokal` writes it. Pulumi reports: the passphrase is wrong")


def test_a_name_that_no_stack_can_have_is_not_offered_to_init() -> None:
    assert describe_missing_file("/etc", ["prod"]) == (
        "a stack's name must be 1 to 100 letters, digits and . _ -, such as prod; stacks with a file are prod"
    )


def test_a_file_elsewhere_is_not_missed() -> None:
    assert str(failure_of("prod", "broken", Path("elsewhere.yaml"))) == "environment prod: broken"
    assert describe_missing_file("prod", []) == (
        "there is no stacks/Pulumi.prod.yaml; `operate init prod` writes it"
    )


def test_a_backend_with_a_password_is_not_shown() -> None:
    text = describe_missing_stack("x", [], "")
    assert text.startswith("there is no stack of that name; `pulumi stack ls`")
