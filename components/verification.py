"""Verification: what makes a registry worth its endpoint, a real push, a real pull, a look at the storage."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import pulumi
from pulumi_command import remote

from components.helper import Helper
from components.object_sight import object_prefix, see_object
from components.probe import LEGACY, MODERN, Probe, ProbeTarget
from components.registry_name import RegistryName
from components.registry_store import RegistryStore
from components.remote_script import remote_script
from components.server import Server
from settings import ListenChoice


class Verified(Protocol):
    """What can be verified: a registry by its front door, or one colour by its own port.

    Attributes: as of `components.registry.Registry`.
    """

    generation: str
    address: pulumi.Output[str]
    endpoint: pulumi.Output[str]
    authority: pulumi.Output[str]
    secured: bool
    asks: bool
    made: list[pulumi.Input[str]]
    ready: pulumi.Resource

    @property
    def releases(self) -> Sequence[str]:
        """Their names: of its colours, or its own."""

    @property
    def name(self) -> RegistryName | None:
        """At which clients reach it; None where only its own server does."""


@dataclass(frozen=True)
class VerificationArgs:
    """Who verifies what.

    Attributes:
        registry: what is under test.
        stores: in one of which its objects must appear; which colour is live, the door alone knows.
        pusher: the server that pushes, which carries the registry.
        pullers: servers of which the first that answers pulls; the last one is the pusher.
        user: the registry's user.
        password: of that user; secret.
        repository: of the probe; one for each that is verified at the same time.
    """

    registry: Verified
    stores: Sequence[RegistryStore]
    pusher: Server
    pullers: Sequence[Server]
    user: str
    password: pulumi.Output[str]
    repository: str = "verification/probe"

    @property
    def probe(self) -> Probe:
        """How it is pushed and pulled."""
        return LEGACY if self.registry.generation == "legacy" else MODERN

    @property
    def target(self) -> ProbeTarget:
        """Who is probed."""
        registry = self.registry
        return ProbeTarget(
            registry.address,
            registry.endpoint,
            self.user if registry.asks else "",
            registry.secured,
            self.repository,
        )


def choose_pullers(
    host: Server, servers: Sequence[Server], doors: Sequence[Server], listen: ListenChoice
) -> Sequence[Server]:
    """Return who may pull what `host` pushed: other servers of its datacenter, then any other, then itself.

    A registry on loopback can be reached from its own server only. A server with a front door comes last: an
    address that all doors have leads to its own one there.
    """
    others = [server for server in servers if server is not host and listen != "loopback"]
    others.sort(key=doors.__contains__)
    near = [server for server in others if server.settings.datacenter == host.settings.datacenter]
    return list(dict.fromkeys((*near, *others, host)))


class Verification(pulumi.ComponentResource):
    """A push from one server and a pull on another, digests compared, objects seen in the storage.

    Attributes:
        digest: the image's digest that made the round trip.
        helper: which pulled; None where the server that pushed did.
    """

    def __init__(self, name: str, args: VerificationArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("softlayer-registry:index:Verification", name, {}, opts)
        registry = args.registry
        prepared = self._prepare(name, args.pusher, registry)
        pushed = self._push(name, args, prepared).stdout.apply(str.strip)
        pullers = args.pullers
        self.helper = Helper(f"{name}-helper", pullers, registry, name, self) if pullers[1:] else None
        pull = self._pull(name, args, pushed, self.helper)
        # Digests are for everybody; they became secret beside the keys that made and saw them.
        self.digest = pulumi.Output.unsecret(self._checked(name, args, pushed, pull))
        self.register_outputs({"digest": self.digest})

    def _prepare(self, name: str, server: Server, registry: Verified) -> list[pulumi.Resource]:
        """Let a server know the registry, by name and by authority."""
        known = (
            registry.name.known_to(f"{name}-name-{server.name}", server, name, self) if registry.name else []
        )
        return [*known, self._trust(name, server, registry)] if registry.secured else known

    def _trust(self, name: str, server: Server, registry: Verified) -> pulumi.Resource:
        return remote_script(
            f"{name}-trust-{server.name}",
            "trust-registry.sh",
            registry.address,
            host=server.host,
            secret_input=registry.authority,
            opts=server.on_server(self, server.engine),
        )

    def _push(self, name: str, args: VerificationArgs, prepared: list[pulumi.Resource]) -> remote.Command:
        registry = args.registry
        return remote_script(
            f"{name}-push",
            args.probe.push,
            *args.probe.push_arguments(args.target),
            host=args.pusher.host,
            secret_input=args.password.apply(lambda password: f"{password}\n"),
            run_again_on=registry.made,
            opts=args.pusher.on_server(self, registry.ready, *prepared),
        )

    def _pull(
        self, name: str, args: VerificationArgs, pushed: pulumi.Output[str], helper: Helper | None
    ) -> remote.Command:
        ready = args.registry.ready
        return remote_script(
            f"{name}-pull",
            args.probe.pull,
            *args.probe.pull_arguments(args.target, pushed),
            host=helper.host if helper else args.pusher.host,
            secret_input=args.password.apply(lambda password: f"{password}\n"),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[ready, *helper.prepared])
            if helper
            else args.pusher.on_server(self, ready),
        )

    def _checked(
        self,
        name: str,
        args: VerificationArgs,
        pushed: pulumi.Output[str],
        pull: remote.Command,
    ) -> pulumi.Output[str]:
        looks = [
            self._look(f"{name}-sight-{position}" if position else f"{name}-sight", args, store, pushed, pull)
            for position, store in enumerate(args.stores)
        ]
        return pulumi.Output.all(pushed, pull.stdout, *looks).apply(
            lambda found: args.probe.checked(str(found[0]), str(found[1]), *_found(found[2:]))
        )

    def _look(
        self,
        name: str,
        args: VerificationArgs,
        store: RegistryStore,
        pushed: pulumi.Output[str],
        pull: remote.Command,
    ) -> pulumi.Output[tuple[str, list[str]]]:
        """The object that is sought in a store, and what is there."""
        # After the pull: an Output of its text orders the look behind it.
        sought = pulumi.Output.all(pushed, pull.stdout).apply(
            lambda found: args.probe.object_name(str(found[0]), object_prefix(store), args.repository)
        )
        on_server = args.pusher.on_server(self, pull)
        seen = see_object(name, sought, store, args.registry.generation, args.pusher, on_server)
        return pulumi.Output.all(sought, seen).apply(lambda found: (str(found[0]), list(found[1])))


def _found(looks: Sequence[tuple[str, list[str]]]) -> tuple[str, list[str]]:
    """The look that saw what it sought, else the first."""
    return next((look for look in looks if look[0] in look[1]), looks[0])
