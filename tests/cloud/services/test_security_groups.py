"""Security groups: rules, members, the requests that change them, and what the machines get."""

import json
from pathlib import Path
from typing import Any

import pytest
import SoftLayer

from cloud.interfaces import AllowRule, FirewallPolicy
from harness.cloud.running_api import RunningApi, serve
from harness.waiting import until
from tests.support.cloud.ordering import is_deleted, ready, template
from tests.support.cloud.recorded_machines import RecordedMachines

SERVICE = "Network_SecurityGroup"
SSH = {"direction": "ingress", "protocol": "tcp", "portRangeMin": 22, "portRangeMax": 22}
WIRES = pytest.mark.parametrize("wire", ["xmlrpc", "rest"])


def _group(client: SoftLayer.BaseClient, name: str = "web") -> int:
    group_id: int = client.call(SERVICE, "createObject", {"name": name, "description": "d"})["id"]
    return group_id


def _guest(client: SoftLayer.BaseClient, hostname: str = "web", **changes: object) -> dict[str, Any]:
    guest_id = client.call("Virtual_Guest", "createObject", template(hostname, **changes))["id"]
    until(lambda: ready(client, guest_id), "ready")
    mask = "mask[id,primaryIpAddress,networkComponents[id,port,securityGroupBindings[securityGroupId]]]"
    current: dict[str, Any] = client.call("Virtual_Guest", "getObject", id=guest_id, mask=mask)
    return current


def _component(guest: dict[str, Any], port: int) -> int:
    return next(int(component["id"]) for component in guest["networkComponents"] if component["port"] == port)


def _logged(client: SoftLayer.BaseClient, request_id: str) -> dict[str, Any] | None:
    for all_object in client.call("Event_Log", "getAllObjects"):
        if json.loads(all_object["metaData"]).get("requestId") == request_id:
            event: dict[str, Any] = all_object
            return event
    return None


@WIRES
def test_a_group_s_whole_life(running_api: RunningApi, wire: str) -> None:
    client = running_api.client(wire)
    number = _group(client)
    answer = client.call(
        SERVICE, "addRules", [SSH, {"direction": "egress", "remoteIp": "10.0.0.0/8"}], id=number
    )
    first, second = answer["rules"]
    assert (first["portRangeMin"], first["ethertype"], second["remoteIp"]) == (22, "IPv4", "10.0.0.0/8")
    logged = until(lambda: _logged(client, answer["requestId"]), "the request is in the event log")
    assert logged["eventName"] == "Security Group Rule(s) Added"
    changed = [{"id": first["id"], "portRangeMin": -1, "portRangeMax": -1, "remoteIp": "10.1.2.3"}]
    client.call(SERVICE, "editRules", changed, id=number)
    client.call(SERVICE, "removeRules", [second["id"]], id=number)
    (remaining,) = client.call(SERVICE, "getRules", id=number)
    assert (remaining["id"], remaining["remoteIp"], remaining["protocol"]) == (first["id"], "10.1.2.3", "tcp")
    assert "portRangeMin" not in remaining
    assert client.call(SERVICE, "editObject", {"name": "other"}, id=number) is True
    (listed,) = client.call("Account", "getSecurityGroups", mask="mask[id,name,description,rules[id]]")
    assert listed == {"id": number, "name": "other", "description": "d", "rules": [{"id": first["id"]}]}
    assert client.call(SERVICE, "deleteObject", id=number) is True
    assert client.call(SERVICE, "getAllObjects") == []


@WIRES
def test_members_come_and_go_and_hold_their_group(running_api: RunningApi, wire: str) -> None:
    client = running_api.client(wire)
    number, guest = _group(client), _guest(client)
    public = _component(guest, 1)
    request = client.call(SERVICE, "attachNetworkComponents", [public], id=number)
    logged = until(lambda: _logged(client, request["requestId"]), "attached")
    assert (logged["eventName"], logged["objectId"]) == ("Network Component Added to Security Group", number)
    assert client.call("Virtual_Guest_Network_Component", "securityGroupsReady", id=public) is True
    mask = "mask[networkComponentBindings[networkComponentId,networkComponent[id,port,guest[id,hostname]]]]"
    (bound,) = client.call(SERVICE, "getObject", id=number, mask=mask)["networkComponentBindings"]
    assert bound["networkComponent"] == {
        "id": public,
        "port": 1,
        "guest": {"id": guest["id"], "hostname": "web"},
    }
    with pytest.raises(SoftLayer.SoftLayerAPIError, match="network components are attached to it"):
        client.call(SERVICE, "deleteObject", id=number)
    client.call(SERVICE, "detachNetworkComponents", [public], id=number)
    assert client.call(SERVICE, "getNetworkComponentBindings", id=number) == []
    assert client.call(SERVICE, "deleteObject", id=number) is True


def test_a_remote_group_of_a_rule_is_not_deleted(running_api: RunningApi) -> None:
    client = running_api.client()
    web, db = _group(client), _group(client, "db")
    client.call(SERVICE, "addRules", [{"direction": "ingress", "remoteGroupId": web}], id=db)
    with pytest.raises(SoftLayer.SoftLayerAPIError, match=f"remote group of a rule of group {db}"):
        client.call(SERVICE, "deleteObject", id=web)
    assert client.call(SERVICE, "deleteObjects", [{"id": db}]) is True
    assert client.call(SERVICE, "deleteObject", id=web) is True


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"protocol": "tcp"}, "'direction' must be set"),
        ({"direction": "in"}, "'direction'"),
        ({"direction": "ingress", "protocol": "gre"}, "'protocol'"),
        ({"direction": "ingress", "portRangeMin": 1, "portRangeMax": 2}, "'portRangeMin'"),
        ({**SSH, "portRangeMax": 21}, "'portRangeMax'"),
        ({**SSH, "portRangeMax": 70000}, "'portRangeMax'"),
        ({"direction": "ingress", "remoteIp": "nowhere"}, "'remoteIp'"),
        ({"direction": "ingress", "remoteIp": "::1", "ethertype": "IPv4"}, "'ethertype'"),
        ({"direction": "ingress", "remoteGroupId": 5}, "Unable to find object"),
        ({"direction": "ingress", "remoteGroupId": 5, "remoteIp": "10.0.0.1"}, "'remoteGroupId'"),
    ],
)
def test_rules_that_do_not_add_up(running_api: RunningApi, rule: dict[str, Any], message: str) -> None:
    client = running_api.client()
    number = _group(client)
    with pytest.raises(SoftLayer.SoftLayerAPIError) as raised:
        client.call(SERVICE, "addRules", [rule], id=number)
    assert message in raised.value.faultString
    assert client.call(SERVICE, "getRules", id=number) == []


def test_the_same_rule_twice_is_refused(running_api: RunningApi) -> None:
    client = running_api.client()
    number = _group(client)
    client.call(SERVICE, "addRules", [SSH], id=number)
    with pytest.raises(SoftLayer.SoftLayerAPIError, match="already exists"):
        client.call(SERVICE, "addRules", [{**SSH, "ethertype": "IPv4"}], id=number)


@pytest.mark.parametrize("form", ["securityGroupId", "securityGroup"])
def test_a_guest_is_ordered_into_groups(running_api: RunningApi, form: str) -> None:
    client = running_api.client()
    number = _group(client)
    binding = {"securityGroupId": number} if form == "securityGroupId" else {"securityGroup": {"id": number}}
    ports = {"primaryNetworkComponent": {"securityGroupBindings": [binding]}}
    guest = _guest(client, "web", **ports)
    bound = {
        component["port"]: component["securityGroupBindings"] for component in guest["networkComponents"]
    }
    assert bound == {0: [], 1: [{"securityGroupId": number}]}
    order = client.call("Virtual_Guest", "generateOrderTemplate", template("db", **ports))
    client.call("Product_Order", "placeOrder", order)
    assert len(client.call(SERVICE, "getNetworkComponentBindings", id=number)) == 2
    client.call("Virtual_Guest", "deleteObject", id=guest["id"])
    until(lambda: is_deleted(client, guest["id"]), "gone")
    assert len(client.call(SERVICE, "getNetworkComponentBindings", id=number)) == 1


def test_an_order_into_an_unknown_group_is_refused(running_api: RunningApi) -> None:
    ports = {"primaryBackendNetworkComponent": {"securityGroupBindings": [{"securityGroupId": 4711}]}}
    with pytest.raises(SoftLayer.SoftLayerAPIError, match="Unable to find object with id of '4711'"):
        running_api.client().call("Virtual_Guest", "createObject", template("web", **ports))
    assert running_api.orders_placed() == 0


def test_machines_are_walled_in_as_the_groups_say(tmp_path: Path) -> None:
    machines = RecordedMachines()
    with serve(tmp_path, machines=machines) as api:
        client = api.client()
        web, db = _group(client), _group(client, "db")
        client.call(SERVICE, "addRules", [SSH], id=web)
        client.call(SERVICE, "addRules", [{"direction": "egress", "remoteGroupId": web}], id=db)
        first = _guest(client, primaryNetworkComponent={"securityGroupBindings": [{"securityGroupId": web}]})
        second = _guest(client, hostname="db")
        private = _component(second, 0)
        client.call(SERVICE, "attachNetworkComponents", [private], id=db)
        address = first["primaryIpAddress"]
        until(lambda: len(machines.firewall_policies) == 2, "both walls")
        of_web, of_db = machines.firewall_policies
        assert of_web == FirewallPolicy((address,), (AllowRule(True, "tcp", 22, 22, None),))
        assert of_db.allow_rules == (AllowRule(False, None, None, None, (address,)),)
        client.call(SERVICE, "detachNetworkComponents", [private], id=db)
        until(lambda: len(machines.firewall_policies) == 1, "one wall")
    machines.firewall_policies = ()
    with serve(tmp_path, machines=machines) as api:
        until(lambda: len(machines.firewall_policies) == 1, "the wall after a restart")
        api.client().call("Virtual_Guest", "deleteObject", id=first["id"])
        until(lambda: machines.firewall_policies == () or None, "no wall")
