"""Tiers of one stage run at once, each to its end, and each line names its tier."""

import sys
from pathlib import Path

import pytest

from dev.local.environment import CommandFailedError
from dev.local.testing import tiers

_AWAITS_THE_OTHER = """
import sys, time
from pathlib import Path
folder, own, code = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
(folder / own).touch()
while len(list(folder.iterdir())) < 2:
    time.sleep(0.01)
print("1 passed")
sys.exit(code)
"""


@pytest.mark.parametrize("codes", [{"tests/cloud": 0, "tests/e2e": 0}, {"tests/cloud": 1, "tests/e2e": 0}])
def test_tiers_of_a_stage(
    codes: dict[str, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def command(_workers: int, folder: str) -> list[str]:
        own = folder.replace("/", "-")
        return [sys.executable, "-c", _AWAITS_THE_OTHER, str(tmp_path), own, str(codes[folder])]

    monkeypatch.setattr(tiers, "pytest_command", command)
    if any(codes.values()):
        with pytest.raises(CommandFailedError, match="ended with 1"):
            tiers.run_stage(("cloud", "e2e"))
    else:
        tiers.run_stage(("cloud", "e2e"))
    assert sorted(capfd.readouterr().out.splitlines()) == ["cloud | 1 passed", "e2e | 1 passed"]
