"""Two servers resized in one `pulumi up` of the real engine: the second once the first one serves again."""

from pathlib import Path

from harness.cloud.running_api import RunningApi
from tests.provider.stack import GUEST, Stack, engine_path

PROGRAM = """\
import json
import os
from pathlib import Path

import pulumi
import pulumi_softlayer as softlayer
from components.remote import turns
from components.server.reboot_turns import _bind

turns.HEALTH_SECONDS, turns.PAUSE_SECONDS = 4.0, 0.5
arguments = json.loads(os.environ["GUEST"])
place, checks = Path(arguments.pop("place")), []


async def check(server):
    checks.append(server.address)
    if (place / "serves").exists() or len(checks) <= 2:
        return ""
    return "HAProxy does not run"


group = turns.Turns(("one", "two"), ("one", "two"), check)
if not pulumi.runtime.is_dry_run():
    group.locate("one", turns.Place("one", ""))
    group.locate("two", turns.Place("two", ""))
hooks = _bind("dal05", group)
for name in ("one", "two"):
    softlayer.VirtualGuest(name, **{**arguments, "hostname": name}, opts=pulumi.ResourceOptions(hooks=hooks))
"""


def test_a_second_door_is_resized_once_the_first_one_serves_again(api: RunningApi, tmp_path: Path) -> None:
    guest = {**GUEST, "place": str(tmp_path)}
    stack = Stack(tmp_path, "turns", api, engine_path(), guest, PROGRAM)
    stack.create()
    stack.up()
    assert api.orders_placed() == 2

    stack.guest["cpus"] = 2
    printed = stack.up(good=False)
    assert "4 s later its clients are not served" in printed
    assert "No other server was rebooted" in printed
    assert api.orders_placed() == 3, "one is resized, the other is left alone"

    (tmp_path / "serves").touch()
    stack.up()
    assert api.orders_placed() == 4
    cpus = api.client().call("Account", "getVirtualGuests", mask="mask[startCpus]")
    assert [guest["startCpus"] for guest in cpus] == [2, 2]
