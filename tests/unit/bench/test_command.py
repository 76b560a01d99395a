"""Every bench is run by `run_command`, so that a signal leaves nothing of it behind."""

from pathlib import Path

import pytest

from dev.local.environment import CHECKOUT

_START = 'if __name__ == "__main__":\n'
COMMANDS = [file for file in sorted((CHECKOUT / "bench").rglob("*.py")) if _START in file.read_text()]


def test_there_are_benches() -> None:
    assert len(COMMANDS) > 15


@pytest.mark.parametrize("file", COMMANDS, ids=lambda file: str(file.relative_to(CHECKOUT)))
def test_a_bench_is_run_by_its_command(file: Path) -> None:
    assert file.read_text().partition(_START)[2] == "    run_command(main)\n"
