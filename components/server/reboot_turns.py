"""RebootTurns: resizes of several servers in one `pulumi up`, one front door after the other.

Orders stay parallel; only what reboots a server takes turns. So it is no `depends_on` between servers, but
hooks that the engine calls before and after each change (read in pkg/v3 v3.259.0, UpdateStep.Apply).
"""

from collections.abc import Mapping

import pulumi

from components.remote.login import log_in
from components.remote.script_source import script_source
from components.remote.turns import Place, Turns
from components.server.operator_key import OperatorKey
from settings import Settings

RESIZED = ("flavor", "cpus", "memory", "disks")
SYSTEM = "osCode"


class RebootTurns:
    """The turns of an environment's servers.

    Args:
        settings: Settings of the environment.
        key: Key that opens the servers.
    """

    def __init__(self, settings: Settings, key: OperatorKey) -> None:
        self._key = key
        self._turns: dict[str, Turns] = {}
        self._hooks: dict[str, pulumi.ResourceHookBinding] = {}
        self._groups: dict[str, str] = {}
        for group, servers in turn_groups(settings).items():
            doors = [name for name in servers if name in _doors(settings)]
            turns = Turns(servers, doors, self._check)
            hooks = _bind(group, turns)
            self._turns |= dict.fromkeys(servers, turns)
            self._hooks |= dict.fromkeys(servers, hooks)
            self._groups |= dict.fromkeys(servers, group)

    def hooks(self, server: str) -> pulumi.ResourceHookBinding | None:
        """What the engine calls around the changes of a server, DATACENTER-NAME; None without turns."""
        return self._hooks.get(server)

    def group(self, server: str) -> str:
        """The group of a server, DATACENTER-NAME, of which one is replaced in a run; "" without turns."""
        return self._groups.get(server, "")

    def watch(self, server: str, address: pulumi.Output[str], host_key: pulumi.Output[str]) -> None:
        """Learn where a server is once the engine has shown it.

        Args:
            server: Name of the server, DATACENTER-NAME.
            address: Address at which the operator reaches it.
            host_key: SSH host key of the server.
        """
        turns = self._turns.get(server)
        if turns is None or pulumi.runtime.is_dry_run():
            return

        def locate(values: list[str]) -> None:
            turns.locate(server, Place(*values))

        pulumi.Output.all(address, host_key).apply(locate)

    async def _check(self, place: Place) -> str:
        private_key = await self._key.private_key.future()
        script = script_source("door-health.sh")
        return (await log_in(place.address, place.host_key, private_key or "", script)).problem


def turn_groups(settings: Settings) -> Mapping[str, tuple[str, ...]]:
    """Return the servers that take turns, DATACENTER-NAME, by the name of their group.

    They are those that carry something. Behind a global IP the doors of all datacenters stand in for each
    other, else those of one datacenter.
    """
    carriers = {release.server for release in settings.colours.releases.values()}
    groups: dict[str, list[str]] = {}
    for server in settings.servers:
        if server.full_name in _doors(settings) or server.name in carriers:
            group = "all" if settings.access.global_ip else server.datacenter
            groups.setdefault(group, []).append(server.full_name)
    return {group: tuple(servers) for group, servers in groups.items() if len(servers) > 1}


def _doors(settings: Settings) -> frozenset[str]:
    return frozenset(
        f"{datacenter}-{name}"
        for datacenter in settings.datacenters
        for name in settings.doors_in(datacenter)
    )


def _bind(group: str, turns: Turns) -> pulumi.ResourceHookBinding:
    """Bind turns to the engine's steps; the resource's name is the server's."""
    is_preview = pulumi.runtime.is_dry_run()

    async def before(args: pulumi.ResourceHookArgs) -> None:
        if _reinstalls(args):
            turns.announce_reinstallation(args.name)
        if is_preview:
            return
        _locate(turns, args.name, args.old_outputs)
        if _reinstalls(args) or _resizes(args):
            await turns.enter(args.name)

    async def after(args: pulumi.ResourceHookArgs) -> None:
        _locate(turns, args.name, args.new_outputs)
        await turns.leave(args.name, reinstalled=_reinstalls(args))

    async def on_error(args: pulumi.ErrorHookArgs) -> bool:
        turns.fail(args.name)
        return False

    early = pulumi.ResourceHookOptions(on_dry_run=True)
    return pulumi.ResourceHookBinding(
        before_update=[pulumi.ResourceHook(f"reboot-turn-before-{group}", before, early)],
        after_update=[pulumi.ResourceHook(f"reboot-turn-after-{group}", after)],
        on_error=[pulumi.ErrorHook(f"reboot-turn-error-{group}", on_error)],
    )


def _locate(turns: Turns, server: str, outputs: Mapping[str, object] | None) -> None:
    values = outputs or {}
    address, host_key = values.get("publicIp") or values.get("privateIp"), values.get("sshHostKey")
    if isinstance(address, str) and isinstance(host_key, str):
        turns.locate(server, Place(address, host_key))


def _resizes(args: pulumi.ResourceHookArgs) -> bool:
    """Whether the change reboots the server; its outputs are the present state (`provider`, guest_change)."""
    return any(_differs(args, name) for name in RESIZED)


def _reinstalls(args: pulumi.ResourceHookArgs) -> bool:
    return _differs(args, SYSTEM)


def _differs(args: pulumi.ResourceHookArgs, name: str) -> bool:
    return (args.old_outputs or {}).get(name) != (args.new_inputs or {}).get(name)
