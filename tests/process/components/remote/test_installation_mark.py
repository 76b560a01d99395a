"""An installation's mark on its server: gone while it runs, whole once it ended well."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from components.remote.installation_mark import (
    FOLDER,
    installation_digest,
    marked_command,
    unmarked_command,
)
from operate.servers.script_text import SCRIPTS, script_text

DIGEST, LATER = installation_digest("write", "1"), installation_digest("write", "2")


def shell(folder: Path, text: str) -> subprocess.CompletedProcess[str]:
    text = text.replace(FOLDER, str(folder / "marks"))
    return subprocess.run(
        ["bash", "-c", text], input="", text=True, capture_output=True, check=False, timeout=60
    )


def differences(folder: Path, *expected: str) -> list[str]:
    completed = subprocess.run(
        ["bash", "-s", "--", *expected],
        input=script_text(SCRIPTS / "installed.sh"),
        env={"PATH": "/usr/bin:/bin", "REGISTRY_INSTALLED": str(folder / "marks")},
        text=True, capture_output=True, check=True, timeout=60,
    )  # fmt: skip
    return completed.stdout.splitlines()


def install(
    folder: Path, digest: str = DIGEST, text: str = "one", files: Sequence[str] = ("files/*", "none")
) -> subprocess.CompletedProcess[str]:
    write = f"mkdir -p {folder}/files && echo {text} >{folder}/files/a && echo changed"
    return shell(folder, marked_command("door", digest, write, [f"{folder}/{name}" for name in files]))


def test_what_was_installed_is_as_expected(tmp_path: Path) -> None:
    completed = install(tmp_path)
    assert (completed.returncode, completed.stdout, completed.stderr) == (0, "changed\n", "")
    assert differences(tmp_path, f"door={DIGEST}") == []
    assert (tmp_path / "marks" / "door").stat().st_mode & 0o777 == 0o600
    assert install(tmp_path).returncode == 0, "it may be repeated"
    assert differences(tmp_path, f"door={DIGEST}") == []


def test_an_installation_of_nothing_but_shared_files_has_a_mark(tmp_path: Path) -> None:
    install(tmp_path, files=())
    (tmp_path / "files" / "a").write_text("two")
    assert differences(tmp_path, f"door={DIGEST}") == []


def test_what_a_later_run_installed_differs(tmp_path: Path) -> None:
    """The state went back to the inputs before a run that was killed."""
    install(tmp_path)
    install(tmp_path, LATER, "two")
    assert differences(tmp_path, f"door={DIGEST}", f"peer={DIGEST}") == ["door other", "peer missing"]


def test_a_shell_without_the_ways_of_bash_writes_the_mark(tmp_path: Path) -> None:
    text = marked_command("door", DIGEST, "true", ["/etc/hostname"]).replace(FOLDER, str(tmp_path / "marks"))
    subprocess.run(["dash", "-c", f"INSTALLATION=1 {text}"], check=True)
    assert differences(tmp_path, f"door={DIGEST}") == []


@pytest.mark.parametrize("command", ["exit 3", "kill -KILL $$", "(kill -KILL $BASHPID)"])
def test_a_run_that_was_cut_short_leaves_no_mark(tmp_path: Path, command: str) -> None:
    install(tmp_path)
    completed = shell(tmp_path, marked_command("door", DIGEST, command, [f"{tmp_path}/files"]))
    assert completed.returncode != 0
    assert differences(tmp_path, f"door={DIGEST}") == ["door missing"]


def test_the_script_s_own_exit_code_is_kept(tmp_path: Path) -> None:
    assert shell(tmp_path, marked_command("door", DIGEST, "(exit 7)", [])).returncode == 7


def test_an_edited_and_a_deleted_file_differ(tmp_path: Path) -> None:
    install(tmp_path)
    (tmp_path / "files" / "a").write_text("edited by somebody")
    assert differences(tmp_path, f"door={DIGEST}") == [f"door edited {tmp_path}/files/a"]
    (tmp_path / "files" / "a").unlink()
    assert differences(tmp_path, f"door={DIGEST}") == [f"door edited {tmp_path}/files/a"]


def test_what_is_removed_has_no_mark(tmp_path: Path) -> None:
    install(tmp_path)
    completed = shell(tmp_path, unmarked_command("door", f"rm -r {tmp_path}/files"))
    assert completed.returncode == 0
    assert not list((tmp_path / "marks").iterdir())


def test_a_digest_tells_command_and_input() -> None:
    assert len({installation_digest(*texts) for texts in [("a", "b"), ("b", "a"), ("a", "bb")]}) == 3
