"""authorized-keys.sh keeps the program's keys on a server, and leaves people's alone."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from components.remote.script_source import script_source
from tests.support.campaign import examples
from tests.support.process.shell import FULL_DISK

OLD, NEW, NEXT, MINE = (f"ssh-ed25519 AAAA{name}" for name in ("old", "new", "next", "mine"))
OPTIONS = f'from="10.0.0.0/8" {NEW} restricted'


def run(home: Path, *keys: str, before: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-s", "--", *keys],
        input=f"{before}\n{script_source('authorized-keys.sh')}",
        env={
            "PATH": "/usr/bin:/bin",
            "AUTHORIZED_KEYS_HOME": str(home),
            "AUTHORIZED_KEYS_RECORD": str(home / "kept" / "keys"),
        },
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def lines(home: Path) -> list[str]:
    return (home / ".ssh" / "authorized_keys").read_text().splitlines()


def put(home: Path, *present: str, end: str = "\n") -> None:
    (home / ".ssh").mkdir(parents=True)
    (home / ".ssh" / "authorized_keys").write_text("\n".join(present) + end)


def test_a_rotation_has_both_keys_until_the_new_one_is_used(tmp_path: Path) -> None:
    put(tmp_path, f"{OLD} operator@host", f"{MINE} a person", "# a comment")
    assert run(tmp_path, OLD).stdout == "unchanged\n"
    assert run(tmp_path, OLD, NEW).stdout == "changed\n"
    both = [f"{NEW} softlayer-registry", f"{OLD} operator@host", f"{MINE} a person", "# a comment"]
    assert lines(tmp_path) == both
    assert run(tmp_path, OLD, NEW).stdout == "unchanged\n"
    assert run(tmp_path, NEW).stdout == "changed\n"
    assert lines(tmp_path) == [both[0], *both[2:]]
    assert run(tmp_path, NEW).stdout == "unchanged\n"
    assert (tmp_path / ".ssh" / "authorized_keys").stat().st_mode & 0o777 == 0o600


def test_a_full_disk_leaves_the_keys_as_they_were_and_nothing_else(tmp_path: Path) -> None:
    put(tmp_path, OLD, *(f"{MINE} person-{number}" for number in range(100)))
    before = lines(tmp_path)
    done = run(tmp_path, OLD, NEW, before=FULL_DISK)
    assert done.returncode == 1
    assert "authorized_keys could not be written, and is as it was" in done.stderr
    assert lines(tmp_path) == before
    assert [file.name for file in (tmp_path / ".ssh").iterdir()] == ["authorized_keys"]


def test_a_key_that_only_people_added_stays(tmp_path: Path) -> None:
    put(tmp_path, OLD, MINE)
    assert run(tmp_path, NEW).returncode == 0
    assert lines(tmp_path) == [f"{NEW} softlayer-registry", OLD, MINE]


def test_a_line_with_options_is_nobody_s_key_of_the_program(tmp_path: Path) -> None:
    """sshd takes the first line that matches: the program's own goes before it."""
    put(tmp_path, OPTIONS, end="")
    assert run(tmp_path, NEW).returncode == 0
    assert lines(tmp_path) == [f"{NEW} softlayer-registry", OPTIONS]
    assert run(tmp_path, NEXT).returncode == 0
    assert lines(tmp_path) == [f"{NEXT} softlayer-registry", OPTIONS]


@pytest.mark.parametrize("keys", [(), ("",), ("ssh-ed25519",), (f"{NEW} comment",), ("ssh-rsa AAAA\nx y",)])
def test_what_is_no_key_changes_nothing(tmp_path: Path, keys: tuple[str, ...]) -> None:
    put(tmp_path, OLD)
    refused = run(tmp_path, *keys)
    assert refused.returncode == 1
    assert "authorized-keys: " in refused.stderr
    assert lines(tmp_path) == [OLD]


def test_a_file_that_is_missing_is_made(tmp_path: Path) -> None:
    assert run(tmp_path, NEW).stdout == "changed\n"
    assert lines(tmp_path) == [f"{NEW} softlayer-registry"]


KEYS = (OLD, NEW, NEXT)


@settings(
    max_examples=examples(full=50, sample=6),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    people=st.lists(st.sampled_from([*KEYS, MINE, OPTIONS, "# a comment", ""]), max_size=5, unique=True),
    rotations=st.lists(st.lists(st.sampled_from(KEYS), min_size=1, unique=True), min_size=1, max_size=3),
)
def test_whoever_rotates_has_the_keys_and_people_keep_theirs(
    tmp_path_factory: pytest.TempPathFactory, people: list[str], rotations: list[list[str]]
) -> None:
    home = tmp_path_factory.mktemp("home")
    put(home, *people)
    used_keys: set[str] = set()
    for keys in rotations:
        assert run(home, *keys).returncode == 0
        used_keys |= set(keys)
        plain = {" ".join(line.split()[:2]) for line in lines(home)}
        assert set(keys) <= plain
        assert not (used_keys - set(keys)) & plain
        assert {line for line in people if line and line not in KEYS} <= set(lines(home))
