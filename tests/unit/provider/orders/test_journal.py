"""The note of an order under way."""

import os
import time
from pathlib import Path

import pytest

from provider.orders.boot_clock import BootClock
from provider.orders.journal import OrderJournal


def test_a_note_lasts_until_the_order_s_fate_is_known(tmp_path: Path) -> None:
    journal = OrderJournal.in_home({"XDG_STATE_HOME": str(tmp_path)})
    assert journal.age("abcdefgh") is None
    journal.opened("abcdefgh", "[1, 2]")
    age = journal.age("abcdefgh")
    assert age is not None
    assert age < 5
    assert journal.note("abcdefgh") == "[1, 2]"
    assert OrderJournal.in_home({"XDG_STATE_HOME": str(tmp_path)}).age("abcdefgh") is not None
    journal.closed("abcdefgh")
    journal.closed("abcdefgh")
    assert journal.age("abcdefgh") is None
    assert journal.note("abcdefgh") == ""


def test_a_note_outlives_a_loss_of_power(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of it is on the disk before the order goes out, and its name too, which is in the folder."""
    synced: list[object] = []
    real = os.fsync

    def fsync(descriptor: int) -> None:
        file = Path(f"/proc/self/fd/{descriptor}")
        synced.append(sorted(inner.name for inner in file.iterdir()) if file.is_dir() else file.read_text())
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    OrderJournal(tmp_path).opened("abcdefgh", "all of it")
    assert synced == ["all of it", ["abcdefgh"]]


def test_age_is_counted_from_the_order(tmp_path: Path) -> None:
    journal = OrderJournal(tmp_path)
    journal.opened("abcdefgh")
    os.utime(tmp_path / "abcdefgh", (time.time() - 100,) * 2)
    age = journal.age("abcdefgh")
    assert age is not None
    assert 99 < age < 110


def test_the_answer_takes_the_place_of_the_order_s_note_and_its_time(tmp_path: Path) -> None:
    now = [1000.0]
    journal = OrderJournal(tmp_path / "not" / "there", lambda: now[0])
    journal.opened("abcdefgh")
    assert journal.note("abcdefgh") == ""
    now[0] += 7
    assert journal.age("abcdefgh") == 7
    journal.answered("abcdefgh", "12345")
    assert journal.note("abcdefgh") == "12345"
    assert journal.age("abcdefgh") == 0
    now[0] -= 100
    assert journal.age("abcdefgh") == 0, "a clock set back makes no note from the future"
    assert [file.name for file in (tmp_path / "not" / "there").iterdir()] == ["abcdefgh"]


class SetClock(BootClock):
    """A machine that was started so long ago."""

    def __init__(self, boot: str, seconds: float) -> None:
        self.boot, self.at = boot, seconds

    def seconds(self) -> float:
        return self.at

    def start(self) -> str:
        return self.boot


@pytest.mark.parametrize("step", [-86_400.0, 0.0, 86_400.0])
def test_a_date_that_is_set_makes_no_note_old(tmp_path: Path, step: float) -> None:
    """Else the account's silence would be believed, and the order made twice."""
    now, boot_clock = [time.time()], SetClock("first", 1000.0)
    journal = OrderJournal(tmp_path, lambda: now[0], boot_clock)
    journal.opened("abcdefgh")
    now[0] += step + 7
    boot_clock.at += 7
    assert journal.age("abcdefgh") == pytest.approx(7, abs=0.01)
    boot_clock.boot, boot_clock.at = "second", 20.0
    assert journal.age("abcdefgh") == pytest.approx(min(20.0, max(0.0, step + 7)), abs=0.01)
    (tmp_path / "copied").write_text("by a program that leaves attributes out")
    assert journal.age("missing") is None
    assert journal.age("copied") is not None


def test_nobody_s_token_is_no_note(tmp_path: Path) -> None:
    journal = OrderJournal(tmp_path)
    journal.closed("")
    assert tmp_path.is_dir()


def test_every_process_of_a_user_finds_the_same_notes(tmp_path: Path) -> None:
    home = OrderJournal.in_home({"HOME": str(tmp_path)})
    home.opened("abcdefgh")
    assert (tmp_path / ".local" / "state" / "softlayer-orders" / "abcdefgh").exists()
    state = OrderJournal.in_home({"HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "state")})
    state.opened("abcdefgh")
    assert (tmp_path / "state" / "softlayer-orders" / "abcdefgh").exists()
