"""Of servers that stand in for each other one is replaced in a run; nothing is ordered for the second."""

from collections.abc import Mapping

from provider.resources.bare_metal.server import BareMetalServer
from provider.resources.contract import Failure, State
from provider.resources.virtual_guest.server import VirtualGuest
from provider.session import Session
from provider.values import Value
from tests.support.provider.provider_session import session

GUEST: Mapping[str, Value] = {
    "hostname": "a", "domain": "example.com", "datacenter": "dal05", "osCode": "DEBIAN_12_64",
    "flavor": "B1_2X4X25", "replacementGroup": "dal05",
}  # fmt: skip
URN = "urn:pulumi:prod::p::softlayer:index:VirtualGuest::"


def check(at: Session, name: str, **changes: Value) -> tuple[Failure, ...]:
    handler = VirtualGuest()
    olds = handler.check(at, URN + name, {}, GUEST).inputs
    return handler.check(at, URN + name, olds, {**GUEST, **changes}).failures


def test_the_second_one_is_refused() -> None:
    at = session()
    assert check(at, "dal05-a", osCode="DEBIAN_13_64") == ()
    assert check(at, "dal05-a", osCode="DEBIAN_13_64") == (), "a preview asks before the update"
    (failure,) = check(at, "dal05-b", osCode="DEBIAN_13_64")
    assert failure.path == "osCode"
    assert "a new server for dal05-b in the same run as one for dal05-a" in failure.reason
    assert "Change one of them, run pulumi up, then change the other" in failure.reason


def test_others_and_what_is_changed_in_place_are_not() -> None:
    at = session()
    assert check(at, "dal05-a", datacenter="dal06") == ()
    assert check(at, "ams01-a", datacenter="ams03", replacementGroup="ams01") == ()
    assert check(at, "dal05-b", notes="a note") == ()
    assert check(session(), "dal05-b", datacenter="dal06") == ()


def test_the_group_is_no_change_and_bare_metal_has_it_too() -> None:
    at, handler = session(), VirtualGuest()
    olds = handler.check(at, URN + "a", {}, {**GUEST, "replacementGroup": None}).inputs
    assert handler.diff(at, URN + "a", State(olds, {**olds}), {**olds, "replacementGroup": "dal05"}) == ()
    metal: Mapping[str, Value] = {
        "hostname": "m", "domain": "example.com", "datacenter": "dal05", "osCode": "DEBIAN_12_64",
        "preset": "D2620V4_64GB_2X1TB_SATA_RAID_1", "replacementGroup": "dal05",
    }  # fmt: skip
    server = BareMetalServer()
    outcomes = []
    for name in ("m", "n"):
        before = server.check(at, URN + name, {}, metal).inputs
        outcomes.append(server.check(at, URN + name, before, {**metal, "datacenter": "dal06"}).failures)
    assert outcomes[0] == ()
    assert "stand in for each other" in outcomes[1][0].reason
