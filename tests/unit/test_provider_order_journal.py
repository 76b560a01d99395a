"""The note of an order under way."""

import os
import time
from pathlib import Path

from provider.order_journal import OrderJournal


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


def test_age_is_counted_from_the_order(tmp_path: Path) -> None:
    journal = OrderJournal(tmp_path)
    journal.opened("abcdefgh")
    os.utime(tmp_path / "abcdefgh", (time.time() - 100,) * 2)
    age = journal.age("abcdefgh")
    assert age is not None
    assert 99 < age < 110
