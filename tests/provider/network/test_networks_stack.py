"""Security groups and a global IP in a program, through the real engine: previewed, made, moved, removed."""

from pathlib import Path

from harness.cloud.running_api import RunningApi
from tests.provider.stack import Stack, engine_path

PROGRAM = """\
import json
import os

import pulumi
import pulumi_softlayer as softlayer
from pulumi_softlayer import SecurityGroupRuleArgs as Rule

arguments = json.loads(os.environ["GUEST"])
active = arguments.pop("active")
servers = [softlayer.VirtualGuest(name, **{**arguments, "hostname": name}) for name in ("one", "two")]
clients = softlayer.SecurityGroup("clients", name="clients")
front = softlayer.SecurityGroup(
    "front",
    name="front",
    rules=[
        Rule(
            direction="ingress", protocol="tcp", port_range_min=443, remote_group_id=clients.security_group_id
        ),
        Rule(direction="egress"),
    ],
)
softlayer.SecurityGroupAttachment(
    "one-front",
    security_group_id=front.security_group_id,
    guest_id=servers[0].guest_id,
    interface="public",
)
door = softlayer.GlobalIp("door", route_to=servers[active].public_ip)
pulumi.export("address", door.address)
pulumi.export("port", front.rules.apply(lambda rules: rules[0].port_range_min))
"""
GUEST = {
    "domain": "example.com",
    "datacenter": "dal05",
    "os_code": "UBUNTU_22_64",
    "cpus": 1,
    "memory": 1024,
    "probe_ssh": False,
}
MASK = "mask[id,ipAddress[ipAddress],destinationIpAddress[virtualGuest[hostname]]]"


def test_a_program_with_groups_and_a_moving_address(api: RunningApi, tmp_path: Path) -> None:
    stack = Stack(tmp_path, "networks", api, engine_path(), {**GUEST, "active": 0}, PROGRAM)
    stack.create()
    preview = stack.run("preview", "--stack", stack.name)
    assert "softlayer:index:GlobalIp" in preview
    assert api.orders_placed() == 0
    stack.up()
    assert api.orders_placed() == 3
    stack.guest["active"] = 1
    assert "routeTo" in stack.run("preview", "--diff", "--stack", stack.name)
    stack.up()
    (record,) = api.client().call("Account", "getGlobalIpRecords", mask=MASK)
    assert record["destinationIpAddress"]["virtualGuest"]["hostname"].startswith("two")
    assert (
        stack.run("stack", "output", "address", "--stack", stack.name).strip()
        == record["ipAddress"]["ipAddress"]
    )
    assert stack.run("stack", "output", "port", "--stack", stack.name).strip() == "443"
    stack.run("refresh", "--yes", "--expect-no-changes", "--stack", stack.name)
    stack.run("destroy", "--yes", "--stack", stack.name)
    assert api.client().call("Account", "getSecurityGroups") == []
    assert api.client().call("Account", "getGlobalIpRecords") == []
    assert api.orders_placed() == 3
