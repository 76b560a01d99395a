"""A stack's outputs by one call of `pulumi`, without the Automation API, which takes a second to load."""

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from messages.progress import step
from operate.stack.config.stack_file import PROGRAM

_WORDS = ("stack", "output", "--json", "--show-secrets", "--non-interactive")


def read_outputs(environment: str, program: Path = PROGRAM) -> Mapping[str, object] | None:
    """Return a stack's outputs, the secret ones readable; None where `pulumi` fails.

    Whoever gets None asks by the Automation API, which waits where it can and explains what is wrong.

    Args:
        environment: The stack's name.
        program: Folder with Pulumi.yaml.
    """
    variables = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    try:
        with step("pulumi stack output"):
            completed = subprocess.run(
                ["pulumi", *_WORDS, "--stack", environment],
                cwd=program, env=variables, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                check=True,
            )  # fmt: skip
        outputs: object = json.loads(completed.stdout)
    except (OSError, subprocess.CalledProcessError, ValueError):
        return None
    return outputs if isinstance(outputs, dict) else None
