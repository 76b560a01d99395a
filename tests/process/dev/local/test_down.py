"""`make down` leaves nothing in the operator's home, and `make up` passes the port on."""

import subprocess
from pathlib import Path

import pytest

from dev.local.environment import CHECKOUT, STACK, Environment
from dev.local.parts import delete_facts, describe_logins
from operate.login.recorded_logins import recorded_logins
from operate.stack.facts_cache import FactsCache, state_folder


def test_the_facts_of_this_environment_are_deleted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "home"))
    (tmp_path / "key").write_text("a private key")

    def write_facts(environment: Environment) -> None:
        with monkeypatch.context() as patch:
            patch.setenv("PULUMI_BACKEND_URL", environment.backend_url)
            FactsCache(state_folder(), STACK, lambda: tmp_path / "key").write({"doors": []})

    mine, others = Environment(tmp_path / "mine"), Environment(tmp_path / "others")
    write_facts(others)
    (kept,) = state_folder().iterdir()
    write_facts(mine)
    assert len(list(state_folder().iterdir())) == 2
    lost = FactsCache(state_folder() / "adoptions", STACK, lambda: tmp_path / "key")
    with monkeypatch.context() as patch:
        patch.setenv("PULUMI_BACKEND_URL", mine.backend_url)
        FactsCache(state_folder() / "adoptions", STACK, lambda: tmp_path / "key").copy(lost)
    delete_facts(mine)
    assert list(state_folder().iterdir()) == [kept]
    delete_facts(mine)
    delete_facts(others)
    assert not state_folder().exists(), "no empty folder stays either"


def test_clients_that_are_still_logged_in_are_named_with_what_logs_them_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "home"))

    def log_in(environment: Environment, program: str, address: str) -> None:
        with monkeypatch.context() as patch:
            patch.setenv("PULUMI_BACKEND_URL", environment.backend_url)
            with recorded_logins(STACK).adding(program, address):
                pass

    mine, others = Environment(), Environment(tmp_path / "others")
    assert describe_logins(mine) == ""
    log_in(others, "docker", "192.0.2.9:5000")
    assert describe_logins(mine) == ""
    log_in(mine, "docker", "192.0.2.1:5000")
    log_in(mine, "podman", "192.0.2.1:5000")
    assert describe_logins(mine).startswith(
        "still logged in to 192.0.2.1:5000: docker, podman; `bin/operate logout local` has them forget"
    )
    assert f"`PULUMI_BACKEND_URL={others.backend_url} bin/operate logout local`" in describe_logins(others)


def test_make_passes_the_port_on() -> None:
    done = subprocess.run(
        ["make", "--dry-run", "up", "PORT=18999"], cwd=CHECKOUT, capture_output=True, text=True, check=True
    )
    assert "-m dev.local up --port 18999" in done.stdout
    listed = subprocess.run(["make", "help"], cwd=CHECKOUT, capture_output=True, text=True, check=True).stdout
    assert "PORT=" in next(line for line in listed.splitlines() if line.startswith("up "))
