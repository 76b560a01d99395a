"""Lock and history of a stack with a new root secret: signed again where the lost key is remembered."""

import pytest

from operate.adopt.kept_records import (
    SignedRecords,
    hold_lock,
    sign_records,
)
from operate.history.history import CURRENT, entry_name
from operate.lock.holder import TTL
from operate.lock.lock import HeldError, acquire
from operate.lock.process import this_process
from operate.store.signed_store import SignedStore
from tests.unit.operate.store.dict_store import DictStore

OLD, NEW = "old" * 20, "new" * 20


def signed(store: DictStore, key: str) -> SignedStore:
    return SignedStore(store, key)


def test_what_the_lost_key_signed_is_signed_with_the_new_one() -> None:
    store = DictStore()
    for name in (entry_name("000001"), CURRENT):
        signed(store, OLD).put(name, b"{}")
    signed(store, "stranger").put(entry_name("000002"), b"{}")
    assert sign_records(signed(store, NEW), signed(store, OLD)) == SignedRecords(2, 1)
    entry = signed(store, NEW).get(CURRENT)
    assert entry is not None
    assert (entry.content, entry.genuine) == (b"{}", True)
    strange = signed(store, NEW).get(entry_name("000002"))
    assert strange is not None
    assert not strange.genuine
    assert sign_records(signed(store, NEW), signed(store, OLD)) == SignedRecords(0, 1), "once more"


def test_without_the_deleted_key_the_loss_is_counted_and_reported() -> None:
    store = DictStore()
    signed(store, OLD).put(CURRENT, b"{}")
    records = sign_records(signed(store, NEW), None)
    assert records == SignedRecords(0, 1)
    assert "1 not signed with a key that this machine knows, by an earlier key or by somebody else" in (
        records.description
    )
    assert "operate rollback ENV --colour COLOUR" in records.description
    assert SignedRecords(0, 0).description == ""


def test_the_lock_goes_on_above_the_lost_ones() -> None:
    store, me = DictStore(), this_process("swap", TTL)
    for _ in range(3):
        with acquire(signed(store, OLD), me, pause=lambda _: None) as lock:
            last = lock.token
    sign_records(signed(store, NEW), signed(store, OLD))
    with acquire(signed(store, NEW), me, pause=lambda _: None) as lock:
        assert lock.token == last + 1


def test_another_operator_at_work_is_seen_with_the_lost_key() -> None:
    store, me = DictStore(), this_process("swap", TTL)
    with acquire(signed(store, OLD), me, pause=lambda _: None), pytest.raises(HeldError, match="'swap'"):
        acquire(signed(store, OLD), this_process("adopt", TTL), pause=lambda _: None)


def test_a_machine_without_records_reports_it() -> None:
    lines = list[str]()
    with hold_lock(None, None, lines.append):
        pass
    (line,) = lines
    assert line.startswith("no lock: this machine remembers nothing of the lost state; make sure that nobody")
