"""`make down` leaves nothing, in the operator's home neither."""

from pathlib import Path

import pytest

from dev.local.environment import STACK, Environment
from dev.local.parts import delete_facts
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
    delete_facts(mine)
    assert list(state_folder().iterdir()) == [kept]
    delete_facts(mine)
