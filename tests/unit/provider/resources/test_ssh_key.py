"""A key of the account that another stack deletes or takes first: no server is touched, nothing is stuck."""

from pathlib import Path

import pytest

from provider.errors import InvalidInputError, NotFoundError, ProviderError
from provider.resources.bare_metal.order import HardwareOrder
from provider.resources.contract import State
from provider.resources.ssh_key import SshKey
from provider.resources.virtual_guest.options import missing_key
from provider.resources.virtual_guest.order import GuestOrders
from provider.values import Properties
from tests.support.provider.guest_inputs import GOOD, KEY
from tests.unit.provider.scripted_cloud import MISSING, REFUSED, ScriptedCloud, target

AT = target("softlayer:index:SshKey")
INPUTS: Properties = {"label": "mine", "publicKey": KEY, "shared": True}
THEIRS = {"id": 9, "label": "theirs", "key": KEY, "fingerprint": "aa:bb"}
LISTED = "Account::getSshKeys"
CREATE = "Security_Ssh_Key::createObject"


def test_a_key_that_another_stack_registers_meanwhile_is_adopted(tmp_path: Path) -> None:
    cloud = ScriptedCloud({LISTED: [[], [THEIRS]], CREATE: [REFUSED]})
    created = cloud.run(tmp_path, lambda session: SshKey().create(session, AT, INPUTS))
    assert (created.identifier, created.outputs["owned"]) == ("9", False)
    assert cloud.called(CREATE) == 1


def test_a_refusal_without_such_a_key_is_reported(tmp_path: Path) -> None:
    cloud = ScriptedCloud({LISTED: [[]], CREATE: [REFUSED]})
    with pytest.raises(ProviderError, match="not possible"):
        cloud.run(tmp_path, lambda session: SshKey().create(session, AT, INPUTS))


def test_a_deleted_key_that_is_edited_names_the_command(tmp_path: Path) -> None:
    old = State(INPUTS, {**INPUTS, "keyId": 7, "owned": True})
    cloud = ScriptedCloud({"Security_Ssh_Key::editObject": [MISSING]})
    with pytest.raises(ProviderError, match=r"pulumi refresh .* then pulumi up"):
        cloud.run(tmp_path, lambda session: SshKey().update(session, AT, "7", old, INPUTS))


def test_an_order_with_a_deleted_key_names_the_key_and_the_command(tmp_path: Path) -> None:
    server = target("softlayer:index:VirtualGuest")
    inputs = {**GOOD, "sshKeyIds": [7], "orderToken": "abcdefgh"}
    cloud = ScriptedCloud(
        {
            "Account::getVirtualGuests": [[]],
            "Virtual_Guest::getCreateObjectOptions": [{}],
            "Virtual_Guest::createObject": [MISSING],
        }
    )
    with pytest.raises(
        InvalidInputError, match=r"key 7 is not in the account any more.*pulumi refresh .* then pulumi up"
    ):
        cloud.run(tmp_path, lambda session: GuestOrders().obtain(session, server.urn, inputs))
    error = HardwareOrder(inputs).refused(NotFoundError("Unable to find object with id of '7'."))
    assert isinstance(error, InvalidInputError)


def test_another_number_that_is_not_found_is_no_key() -> None:
    assert missing_key(NotFoundError("Unable to find object with id of '77'."), {"sshKeyIds": [7]}) is None
