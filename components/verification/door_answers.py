"""DoorAnswers: a front door is probed once as by a client, after each change that clients notice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_command import remote

from components.clients.helper import Helper
from components.registry.registry import Registry
from components.remote.host import RemoteHost
from components.remote.script import INSTALLATION_SECONDS, remote_script
from components.remote.text_digest import text_digest
from components.server.firewall.firewall import Firewall
from components.server.server import Server

_PATHS = {"modern": "/v2/", "legacy": "/v1/users/"}


@dataclass(frozen=True)
class DoorAnswersArgs:
    """Which front door is probed, and from which servers.

    Attributes:
        registry: Registry behind the front door, with TLS.
        server: Server of the front door.
        firewalls: Firewalls on the way to the registry.
        user: The first user's name.
        password: Password of that user. Secret.
        helper: Another server that probes as well, past the firewall; None where no other server reaches the
            door.
    """

    registry: Registry
    server: Server
    firewalls: Sequence[Firewall]
    user: str
    password: pulumi.Output[str]
    helper: Helper | None = None

    @property
    def digests(self) -> Mapping[str, pulumi.Output[str]]:
        """Digests of all that lies between a client and the registry; public."""
        rules = pulumi.Output.all(*(firewall.rules for firewall in self.firewalls))
        containers = pulumi.Output.all(*self.registry.container_ids)
        return {
            **self.registry.door_digests,
            "authority": self.registry.authority.apply(text_digest),
            "firewall": rules.apply(lambda texts: text_digest(*texts)),
            "containers": containers.apply(lambda ids: text_digest(*map(str, ids))),
        }


class DoorAnswers(pulumi.ComponentResource):
    """The question from the door's own server and, where clients come from elsewhere, from another one.

    A change of certificate, users, roles, limits, firewall or containers asks anew. Nothing is asked in a
    preview.
    """

    def __init__(self, name: str, args: DoorAnswersArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("softlayer-registry:index:DoorAnswers", name, {}, opts)
        depends_on = [args.registry.ready, *(firewall.applied for firewall in args.firewalls)]
        own = args.server.on_server(self, *depends_on)
        # A name in DNS may still lead to another door, such as the one that this door takes over from.
        self._ask(name, args, args.server.host, args.registry.listen, own)
        if args.helper is not None:
            elsewhere = pulumi.ResourceOptions(parent=self, depends_on=[*depends_on, *args.helper.prepared])
            self._ask(f"{name}-elsewhere", args, args.helper.host, "", elsewhere)
        self.register_outputs({})

    def _ask(
        self,
        name: str,
        args: DoorAnswersArgs,
        host: RemoteHost,
        address: pulumi.Input[str],
        opts: pulumi.ResourceOptions,
    ) -> remote.Command:
        registry = args.registry
        parts = [pulumi.Output.format("{0}={1}", part, digest) for part, digest in args.digests.items()]
        return remote_script(
            name,
            "door-answers.sh",
            name,
            registry.name.host,
            str(registry.port),
            address,
            _PATHS[registry.generation],
            args.user,
            *parts,
            host=host,
            secret_input=pulumi.Output.all(args.password, registry.authority).apply(
                lambda values: f"{values[0]}\n{values[1]}"
            ),
            timeout=INSTALLATION_SECONDS,
            opts=opts,
        )
