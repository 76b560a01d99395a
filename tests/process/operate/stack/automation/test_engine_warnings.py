"""What the Automation API warns of is not shown: commands say themselves how Pulumi ended."""

import subprocess
import sys

import pytest

from dev.local.environment import CHECKOUT

_WARNING = """
import sys, warnings
import operate.stack.automation.pulumi_workspace
warnings.warn_explicit("an event with a secret", UserWarning, "file.py", 1, module=sys.argv[1])
"""


@pytest.mark.parametrize(("module", "is_shown"), [("pulumi.automation._stack", False), ("other", True)])
def test_a_warning_of_the_engine_s_events_is_not_shown(module: str, is_shown: bool) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _WARNING, module],
        cwd=CHECKOUT, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert ("an event with a secret" in done.stderr) == is_shown
