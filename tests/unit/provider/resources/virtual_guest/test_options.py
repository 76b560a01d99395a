"""Values that are not on offer: refused before an order, with the nearest ones."""

import pytest

from provider.errors import InvalidInputError
from provider.resources.virtual_guest.options import check_offered, named_property
from provider.values import Value
from tests.support.provider.guest_inputs import GOOD

OPTIONS = {
    "datacenters": [{"template": {"datacenter": {"name": name}}} for name in ("dal05", "dal09", "ams03")],
    "operatingSystems": [{"template": {"operatingSystemReferenceCode": "UBUNTU_22_64"}}],
    "flavors": [{"flavor": {"keyName": "B1_2X4X25"}}],
    "processors": [{"template": {"startCpus": number}} for number in (1, 2, 4, 8)],
    "memory": [{"template": {"maxMemory": 4096}}],
}


def test_what_is_on_offer_passes() -> None:
    check_offered(OPTIONS, GOOD)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("datacenter", "dal5", "nearest are dal05"),
        ("datacenter", "DAL05", "nearest are dal05"),
        ("datacenter", "xyz", "known are ams03, dal05, dal09"),
        ("osCode", "UBUNTU_2_64", "nearest are UBUNTU_22_64"),
        ("flavor", "B1_2X4", "nearest are B1_2X4X25"),
        ("cpus", 3, "nearest are 1, 2, 4"),
        ("memory", 5120, "nearest are 4096"),
    ],
)
def test_the_wrong_one_is_named_with_the_nearest(name: str, value: Value, message: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        check_offered(OPTIONS, {**GOOD, name: value})
    assert caught.value.property_path == name
    assert message in str(caught.value)
    assert "Nothing was ordered" in str(caught.value)


def test_lists_that_are_not_reported_are_not_judged() -> None:
    check_offered({}, {**GOOD, "datacenter": "anything"})


def test_the_cloud_s_own_words_are_blamed_on_a_property() -> None:
    assert (
        named_property("Invalid value provided for 'datacenter.name'. A datacenter name ...") == "datacenter"
    )
    assert named_property("something else") == ""
