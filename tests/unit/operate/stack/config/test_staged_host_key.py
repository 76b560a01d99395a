"""The host key that a server may show while its rotation is under way."""

from pathlib import Path

import pytest

from operate.stack.config.staged_host_key import staged_host_key
from tests.unit.operate.rotate.written_stack_file import stack_file

KEY = "ssh-ed25519 AAAAnext"


def test_the_key_of_the_rotated_server_is_read_from_the_stack_file(tmp_path: Path) -> None:
    file = stack_file(tmp_path, rotation={"kind": "host-key", "server": "dal05-b", "hostKey": KEY})
    assert staged_host_key("prod", file, "dal05-b") == KEY
    assert staged_host_key("prod", file, "dal05-a") == ""


@pytest.mark.parametrize("note", ["text", {"kind": "http-secret", "release": "1-s1"}, []])
def test_any_other_note_has_none(note: object, tmp_path: Path) -> None:
    assert staged_host_key("prod", stack_file(tmp_path, rotation=note), "dal05-b") == ""
    assert staged_host_key("prod", tmp_path / "absent.yaml", "dal05-b") == ""
