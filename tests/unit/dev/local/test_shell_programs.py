"""The shell's `pulumi`: the real one, with the stack file that `operate` writes."""

import subprocess
from pathlib import Path

import pytest

from dev.local.environment import CHECKOUT

PROGRAMS = CHECKOUT / "dev" / "local" / "programs"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["preview", "--diff"], "preview --config-file /state/Pulumi.local.yaml --diff"),
        (["config", "set", "a", "b"], "config --config-file /state/Pulumi.local.yaml set a b"),
        (["up", "--stack", "local"], "up --config-file /state/Pulumi.local.yaml --stack local"),
        (["up", "--stack", "second"], "up --stack second"),
        (["up", "--stack=second"], "up --stack=second"),
        (["config", "-s", "second"], "config -s second"),
        (["stack", "output"], "stack output"),
        ([], ""),
    ],
)
def test_commands_that_take_a_stack_file_get_the_stacks_own(
    tmp_path: Path, words: list[str], expected: str
) -> None:
    real = tmp_path / "pulumi"
    real.write_text('#!/bin/sh\necho "$*"\n')
    real.chmod(0o755)
    done = subprocess.run(
        [PROGRAMS / "pulumi", *words],
        env={
            "PATH": f"{PROGRAMS}:{tmp_path}:/usr/bin:/bin",
            "OPERATE_CONFIG_FILE": "/state/Pulumi.local.yaml",
            "PULUMI_STACK": "local",
        },
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"{expected}\n"
