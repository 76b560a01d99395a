"""The file of logins: what it records, and where it cannot."""

from pathlib import Path
from threading import Thread

import pytest

from operate.error import OperateError
from operate.login.recorded_logins import RecordedLogins

OLD, NEW = "192.0.2.1:5000", "192.0.2.2:5000"


def test_commands_at_once_lose_no_login(tmp_path: Path) -> None:
    file = tmp_path / "logins.json"

    def log_in(number: int) -> None:
        with RecordedLogins(file, "prod").adding("podman", f"r{number}:5000"):
            pass

    threads = [Thread(target=log_in, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(RecordedLogins(file, "prod").addresses("podman")) == 20


@pytest.mark.parametrize("text", ["", "[]", '{"podman": []}', "not JSON"])
def test_a_damaged_file_records_nothing_and_is_written_anew(tmp_path: Path, text: str) -> None:
    file = tmp_path / "logins.json"
    file.write_text(text)
    logins = RecordedLogins(file, "prod")
    assert logins.addresses("podman") == []
    with logins.adding("podman", OLD):
        pass
    assert logins.addresses("podman") == [OLD]


def test_a_place_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "state").touch()
    logins = RecordedLogins(tmp_path / "state" / "logins.json", "prod")
    with (
        pytest.raises(OperateError, match=r"logins.json: cannot be written.*XDG_STATE_HOME"),
        logins.adding("podman", OLD),
    ):
        pytest.fail("a login that nobody could undo")


def test_the_last_logout_leaves_no_file(tmp_path: Path) -> None:
    file = tmp_path / "state" / "logins.json"
    prod, trial = RecordedLogins(file, "prod"), RecordedLogins(file, "trial")
    for logins, address in ((prod, OLD), (trial, NEW)):
        with logins.adding("docker", address):
            pass
    prod.remove("docker", OLD)
    assert trial.addresses("docker") == [NEW]
    trial.remove("docker", NEW)
    assert list(file.parent.iterdir()) == []
