"""`protect` by kind: what is left out stays protected, and a mistake never unprotects anything."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settings import ProtectionSettings, SettingsError, parse
from tests.support.stack_settings import JSON, MINIMAL

KINDS = ("servers", "images", "addresses")


def test_everything_is_protected_by_default() -> None:
    assert parse(MINIMAL).protect == ProtectionSettings(servers=True, images=True, addresses=True)
    assert parse(MINIMAL | {"protect": {}}).protect.kinds == KINDS


@given(st.dictionaries(st.sampled_from(KINDS), st.booleans()))
def test_a_kind_that_is_left_out_stays_protected(protect: dict[str, bool]) -> None:
    kinds = parse(MINIMAL | {"protect": protect}).protect.kinds
    assert kinds == tuple(kind for kind in KINDS if protect.get(kind, True))


@pytest.mark.parametrize(
    ("protect", "message"),
    [
        (
            False,
            r"protect: must have a kind \(servers, images, addresses\).*got False.*protect\.servers false",
        ),
        (["servers"], r"protect: must have a kind"),
        ({"server": False}, r"protect\.server: is not a setting; known are addresses, images, servers"),
        ({"images": "no"}, r"protect\.images: must be true or false"),
    ],
)
def test_a_mistake_is_reported_with_its_key(protect: object, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        parse(MINIMAL | {"protect": protect})


@given(JSON)
def test_what_is_no_false_never_unprotects(protect: object) -> None:
    try:
        kinds = parse(MINIMAL | {"protect": protect}).protect.kinds
    except SettingsError:
        return
    given_kinds = protect if isinstance(protect, dict) else {}
    assert {kind for kind in KINDS if kind not in kinds} == {
        k for k, on in given_kinds.items() if on is False
    }
