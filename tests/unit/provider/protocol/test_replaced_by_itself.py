"""A `--replace` of what Create finds in the account: the engine then asks to delete the very same thing.

Of `--replace` and of a tainted resource the engine shows no Diff (`provider.orders.token`).
"""

from pathlib import Path

import pytest

from provider.protocol import steps
from provider.resources.contract import Resource, State
from provider.resources.network.dns_domain import DnsDomain
from provider.resources.network.placement_group import PlacementGroup
from provider.resources.network.security_group_attachment import SecurityGroupAttachment
from provider.resources.ssh_key import SshKey
from provider.session import Session
from provider.values import Properties
from tests.support.provider.guest_inputs import KEY
from tests.unit.provider.scripted_cloud import ScriptedCloud, target

COMPONENTS = {"id": 3, "networkComponents": [{"id": 31, "port": 1}]}
GUEST = {
    "id": 3,
    "provisionDate": "2026-11-01T00:00:00",
    "primaryIpAddress": "192.0.2.3",
    "primaryBackendIpAddress": "10.0.0.3",
    "billingItem": {"id": 5},
    **COMPONENTS,
}
CASES: list[tuple[Resource, Properties, dict[str, list[object]]]] = [
    (
        SshKey(),
        {"label": "mine", "publicKey": KEY},
        {"Account::getSshKeys": [[{"id": 9, "label": "mine", "key": KEY}]]},
    ),
    (
        PlacementGroup(),
        {"name": "mine", "datacenter": "dal05", "rule": "SPREAD"},
        {
            "Virtual_PlacementGroup::getAvailableRouters": [
                [{"id": 1, "topLevelLocation": {"name": "dal05"}}]
            ],
            "Virtual_PlacementGroup_Rule::getAllObjects": [[{"id": 2, "keyName": "SPREAD"}]],
            "Account::getPlacementGroups": [
                [{"id": 9, "name": "mine", "backendRouterId": 1, "rule": {"id": 2}, "guestCount": 0}]
            ],
        },
    ),
    (
        DnsDomain(),
        {"name": "example.com"},
        {
            "Account::getDomains": [[{"id": 9, "name": "example.com"}]],
            "Dns_Domain::getResourceRecords": [[]],
        },
    ),
    (
        SecurityGroupAttachment(),
        {"securityGroupId": 2, "guestId": 3, "interface": "public"},
        {
            "Account::getVirtualGuests": [[GUEST]],
            "Virtual_Guest::getObject": [GUEST],
            "Network_SecurityGroup::getNetworkComponentBindings": [[{"networkComponentId": 31}]],
            "Network_SecurityGroup::attachNetworkComponents": [{"requestId": ""}],
            "Virtual_Guest_Network_Component::securityGroupsReady": [True],
        },
    ),
]


@pytest.mark.parametrize(("resource", "inputs", "script"), CASES, ids=lambda case: type(case).__name__)
def test_what_replaces_itself_is_not_deleted(
    tmp_path: Path, resource: Resource, inputs: Properties, script: dict[str, list[object]]
) -> None:
    """Its call to delete is in no script, so that it would fail."""
    cloud = ScriptedCloud(script)
    at = target(resource.token)

    async def replace(session: Session) -> None:
        created = await steps.create(resource, session, at, inputs)
        state = State(inputs, created.outputs)
        await steps.delete(resource, session, at, created.identifier, state)

    cloud.run(tmp_path, replace)
    assert any("was not deleted: it is also what was found" in message for message in cloud.user_log.messages)


def test_what_was_replaced_by_another_is_deleted(tmp_path: Path) -> None:
    cloud = ScriptedCloud(
        {
            "Account::getSshKeys": [[{"id": 9, "label": "mine", "key": KEY}]],
            "Security_Ssh_Key::deleteObject": [True],
        }
    )
    at = target(SshKey.token)
    inputs: Properties = {"label": "mine", "publicKey": KEY}

    async def replace(session: Session) -> None:
        await steps.create(SshKey(), session, at, inputs)
        await steps.delete(SshKey(), session, at, "8", State(inputs, {"keyId": 8, "owned": True}))

    cloud.run(tmp_path, replace)
    assert cloud.called("Security_Ssh_Key::deleteObject") == 1
