"""A server is replaced by unprotecting servers alone, as docs/runbooks/lost-server.md says."""

from pathlib import Path

from harness.cloud.running_api import RunningApi
from tests.provider.stack import GUEST, Stack, engine_path
from tests.support.provider.guest_inputs import KEY

PROGRAM = """\
import json
import os

import pulumi
import pulumi_softlayer as softlayer
from settings.protection import read_protection
from settings.reader import Reader

problems = []
values = {"protect": pulumi.Config().get_object("protect")}
protect = read_protection(Reader(values, "", problems))
assert not problems, problems
softlayer.VirtualGuest(
    "web", **json.loads(os.environ["GUEST"]), opts=pulumi.ResourceOptions(protect=protect.servers)
)
softlayer.SshKey(
    "kept", label="me", public_key="PUBLIC KEY", opts=pulumi.ResourceOptions(protect=protect.images)
)
"""


def test_a_lost_server_is_replaced_with_the_images_protected(api: RunningApi, tmp_path: Path) -> None:
    stack = Stack(tmp_path, "lost", api, engine_path(), dict(GUEST), PROGRAM.replace("PUBLIC KEY", KEY))
    stack.create()
    stack.up()
    server = stack.recorded()["softlayer:index:VirtualGuest"]
    replace = ("--replace", server["urn"])
    assert "currently marked for protection" in stack.up(*replace, good=False)
    stack.run("config", "set", "--path", "kills:protect.servers", "false", "--stack", stack.name)
    assert "is marked now; the same command replaces it" in stack.up(*replace)
    stack.up(*replace)
    recorded = stack.recorded()
    assert recorded["softlayer:index:VirtualGuest"]["id"] != server["id"]
    assert recorded["softlayer:index:SshKey"]["protect"]
    stack.run("config", "rm", "--path", "kills:protect.servers", "--stack", stack.name)
    stack.up()
    assert stack.recorded()["softlayer:index:VirtualGuest"]["protect"]
