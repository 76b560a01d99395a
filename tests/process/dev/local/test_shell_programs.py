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
        (["stack", "init", "second"], "stack init second"),
        (["stack", "init", "--stack", "second"], "stack init --stack second"),
        (["stack", "rm", "local", "--yes"], "stack rm local --yes --preserve-config"),
        (["stack", "rm", "--yes"], "stack rm --yes --preserve-config"),
        (["stack", "rm", "second"], "stack rm second"),
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


@pytest.mark.parametrize("words", [["init", "local"], ["init"], ["init", "--stack", "local"]])
def test_a_stack_is_begun_without_a_word_in_the_tracked_file(tmp_path: Path, words: list[str]) -> None:
    """Pulumi writes a salt beside the project that it is given; the stack's own file has one."""
    real = tmp_path / "pulumi"
    real.write_text(
        '#!/bin/sh\n[ "$1" = --cwd ] && [ -f "$2/Pulumi.yaml" ] || exit 9\n'
        'touch "$2/stacks/Pulumi.local.yaml"\necho "$@"\nexit 7\n'
    )
    real.chmod(0o755)
    done = subprocess.run(
        [PROGRAMS / "pulumi", "stack", *words],
        env={
            "PATH": f"{PROGRAMS}:{tmp_path}:/usr/bin:/bin",
            "OPERATE_CONFIG_FILE": "/state/Pulumi.local.yaml",
            "PULUMI_STACK": "local",
            "TMPDIR": str(tmp_path),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    _, project, *passed = done.stdout.split()
    assert (done.returncode, passed) == (7, ["stack", *words])
    assert not Path(project).exists()
