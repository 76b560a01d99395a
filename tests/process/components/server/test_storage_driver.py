"""A server's daemon.json: the script keeps all of it but the driver."""

import json
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.process.components.scripts.daemon_json import KEYS, LIBRARY, VALUES
from tests.support.campaign import examples


def with_driver(text: str, folder: Path) -> "subprocess.CompletedProcess[bytes]":
    file = folder / "daemon.json"
    file.write_bytes(text.encode())
    command = 'set -euo pipefail; source "$1"; with_driver overlay2 "$2"'
    return subprocess.run(
        ["bash", "-c", command, "-", str(LIBRARY), str(file)], capture_output=True, check=False, timeout=20
    )


@settings(max_examples=examples(full=1000, sample=40))
@given(
    st.dictionaries(KEYS, VALUES, max_size=4),
    st.sampled_from([None, 0, 2, "\t"]),
    st.booleans(),
    st.sampled_from([(", ", ": "), (",", ":"), (" , ", " : ")]),
)
def test_daemon_json_keeps_all_but_the_driver(
    tmp_path_factory: pytest.TempPathFactory,
    values: dict[str, object],
    indent: int | str | None,
    ascii_only: bool,
    separators: tuple[str, str],
) -> None:
    text = json.dumps(values, indent=indent, ensure_ascii=ascii_only, separators=separators)
    done = with_driver(text, tmp_path_factory.mktemp("json"))
    if isinstance(values.get("storage-driver", ""), str):
        assert json.loads(done.stdout) == {**values, "storage-driver": "overlay2"}
    else:
        assert done.returncode == 1


@pytest.mark.parametrize("text", ["[]", '"x"', "{", "}", "{} {}", '{"a": [}', "3", '{"a": "b}'])
def test_what_is_no_object_is_not_written(text: str, tmp_path: Path) -> None:
    done = with_driver(text, tmp_path)
    assert done.returncode == 1
    assert done.stdout == b""


@pytest.mark.parametrize("text", ["", " \n\t"])
def test_an_empty_file_is_an_empty_object(text: str, tmp_path: Path) -> None:
    assert json.loads(with_driver(text, tmp_path).stdout) == {"storage-driver": "overlay2"}
