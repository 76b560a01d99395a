"""Which host keys a recovery believes on the operator's word, and what it says of them."""

from collections.abc import Mapping

import pytest

from operate.error import OperateError
from operate.recover.recovery import Recovery
from operate.recover.vouched_servers import PinnedKeys, VouchedServer, pinned_keys, vouched_servers
from operate.servers.host_keys.fingerprint import fingerprint
from operate.stack.state.restored import NOTHING_TO_DO

KEY, OTHER = "ssh-ed25519 AAAA", "ssh-ed25519 BBBB"
SERVERS: Mapping[str, tuple[str, Mapping[str, object]]] = {
    "dal05-a": ("7", {"sshHostKey": KEY}),
    "ams01-b": ("8", {}),
}


@pytest.mark.parametrize(
    ("option", "accepted"), [("a", ""), ("dal05-a", ""), ("a=SHA256:x", "SHA256:x"), ("a=", "")]
)
def test_a_server_is_vouched_for_by_its_name_or_with_a_fingerprint(option: str, accepted: str) -> None:
    assert vouched_servers(SERVERS, [option]) == {
        "dal05-a": VouchedServer("7", SERVERS["dal05-a"][1], accepted)
    }


@pytest.mark.parametrize(
    ("option", "reason"),
    [
        ("z", "--accept-host-key z must name one server"),
        ("z=SHA256:x", "--accept-host-key z must name one server"),
        ("a=MD5:aa", "must be SERVER or SERVER=FINGERPRINT, with a fingerprint such as SHA256:"),
    ],
)
def test_what_cannot_be_accepted_is_refused(option: str, reason: str) -> None:
    with pytest.raises(OperateError, match=reason):
        vouched_servers(SERVERS, [option])


def test_a_new_key_is_reported_and_an_event_of_the_history() -> None:
    vouched = {"dal05-a": VouchedServer("7", {"sshHostKey": OTHER}), "gone": VouchedServer("9", {})}
    pinned = pinned_keys(vouched, SERVERS)
    (line,) = pinned.lines
    assert line.startswith(f"host key ok: dal05-a shows {fingerprint(KEY)}, which is pinned;")
    recovery = Recovery((), NOTHING_TO_DO).with_done(pinned.changes)
    assert recovery.has_changed
    assert recovery.description == f"the host key {fingerprint(KEY)} of dal05-a is pinned"


def test_a_key_that_was_pinned_before_is_no_change() -> None:
    pinned = pinned_keys(vouched_servers(SERVERS, ["a"]), SERVERS)
    assert "which was pinned already" in pinned.lines[0]
    assert not Recovery((), NOTHING_TO_DO).with_done(pinned.changes).has_changed
    assert pinned_keys({}, SERVERS) == PinnedKeys()
