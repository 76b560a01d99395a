"""Verification: a real push, a real pull and a lookup in the storage, before a registry gets its endpoint."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import pulumi
from pulumi_command import remote

from components.clients.helper import Helper
from components.clients.registry_name import RegistryName
from components.remote.script import remote_script
from components.remote.trust import trust_file
from components.server.server import Server
from components.storage.object_lookup import find_object, object_prefix
from components.storage.store import RegistryStore
from components.verification.probe import LEGACY, MODERN, Probe, ProbeTarget
from settings import ListenChoice


class VerifiableRegistry(Protocol):
    """A registry that is reached by its front door, or one colour that is reached by its own port.

    Attributes: see `components.registry.registry.Registry`.
    """

    generation: str
    address: pulumi.Output[str]
    endpoint: pulumi.Output[str]
    authority: pulumi.Output[str]
    secured: bool
    requires_auth: bool
    container_ids: list[pulumi.Input[str]]
    ready: pulumi.Resource

    @property
    def releases(self) -> Sequence[str]:
        """Names of its colours' releases, or of its own."""

    @property
    def name(self) -> RegistryName | None:
        """The name at which clients reach it; None where only its own server does."""


@dataclass(frozen=True)
class VerificationArgs:
    """Who verifies what.

    Attributes:
        registry: Registry under test.
        stores: Stores in one of which its objects must appear, since only the door has the live colour.
        pusher: The server that pushes, which carries the registry.
        pullers: Servers of which the first that answers pulls; the last one is the pusher.
        user: The registry's user.
        password: Password of that user. Secret.
        repository: Repository of the probe, a different one for each verification that runs at the same time.
        pull_after: Resources on which the pull depends, besides the registry.
    """

    registry: VerifiableRegistry
    stores: Sequence[RegistryStore]
    pusher: Server
    pullers: Sequence[Server]
    user: str
    password: pulumi.Output[str]
    repository: str = "verification/probe"
    pull_after: Sequence[pulumi.Resource] = ()

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
            self.user if registry.requires_auth else "",
            registry.secured,
            self.repository,
        )


def choose_pullers(
    host: Server, servers: Sequence[Server], doors: Sequence[Server], listen: ListenChoice
) -> Sequence[Server]:
    """Return the servers that may pull the image: others of the datacenter, then any other, then `host`.

    A registry on loopback can be reached from its own server only. A server with a front door comes last: an
    address that all doors have leads to its own one there.
    """
    candidates = [server for server in servers if server is not host and listen != "loopback"]
    candidates.sort(key=doors.__contains__)
    near = [server for server in candidates if server.settings.datacenter == host.settings.datacenter]
    return list(dict.fromkeys((*near, *candidates, host)))


class Verification(pulumi.ComponentResource):
    """A push from one server and a pull on another, with digests compared and objects found in the storage.

    Attributes:
        digest: The image's digest that made the round trip.
        helper: Server that pulled; None where the server that pushed did.
    """

    def __init__(self, name: str, args: VerificationArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("softlayer-registry:index:Verification", name, {}, opts)
        registry = args.registry
        prepared = self._prepare(name, args.pusher, registry)
        pushed = self._push(name, args, prepared).stdout.apply(str.strip)
        pullers = args.pullers
        self.helper = Helper(f"{name}-helper", pullers, registry, name, self) if pullers[1:] else None
        pull = self._pull(name, args, pushed, self.helper)
        # Digests are public; they became secret beside the keys with which they were pushed and looked up.
        self.digest = pulumi.Output.unsecret(self._verify(name, args, pushed, pull))
        self.register_outputs({"digest": self.digest})

    def _prepare(self, name: str, server: Server, registry: VerifiableRegistry) -> list[pulumi.Resource]:
        """Let a server resolve the registry's name and trust its authority."""
        name_resources = (
            registry.name.ensure_resolvable(f"{name}-name-{server.name}", server, name, self)
            if registry.name
            else []
        )
        return [*name_resources, self._trust(name, server, registry)] if registry.secured else name_resources

    def _trust(self, name: str, server: Server, registry: VerifiableRegistry) -> pulumi.Resource:
        return remote_script(
            f"{name}-trust-{server.name}",
            "trust-registry.sh",
            registry.address,
            host=server.host,
            secret_input=registry.authority,
            opts=server.on_server(self, server.engine),
            installs=(trust_file(registry.address),),
        )

    def _push(self, name: str, args: VerificationArgs, prepared: list[pulumi.Resource]) -> remote.Command:
        registry = args.registry
        return remote_script(
            f"{name}-push",
            args.probe.push,
            *args.probe.push_arguments(args.target),
            host=args.pusher.host,
            secret_input=args.password.apply(lambda password: f"{password}\n"),
            run_again_on=registry.container_ids,
            opts=args.pusher.on_server(self, registry.ready, *prepared),
        )

    def _pull(
        self, name: str, args: VerificationArgs, pushed: pulumi.Output[str], helper: Helper | None
    ) -> remote.Command:
        ready = [args.registry.ready, *args.pull_after]
        return remote_script(
            f"{name}-pull",
            args.probe.pull,
            *args.probe.pull_arguments(args.target, pushed),
            host=helper.host if helper else args.pusher.host,
            secret_input=args.password.apply(lambda password: f"{password}\n"),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*ready, *helper.prepared])
            if helper
            else args.pusher.on_server(self, *ready),
        )

    def _verify(
        self,
        name: str,
        args: VerificationArgs,
        pushed: pulumi.Output[str],
        pull: remote.Command,
    ) -> pulumi.Output[str]:
        lookups = [
            self._find_object(
                f"{name}-lookup-{position}" if position else f"{name}-lookup", args, store, pushed, pull
            )
            for position, store in enumerate(args.stores)
        ]
        return pulumi.Output.all(pushed, pull.stdout, *lookups).apply(
            lambda values: args.probe.verify_round_trip(
                str(values[0]), str(values[1]), *_matching_lookup(values[2:])
            )
        )

    def _find_object(
        self,
        name: str,
        args: VerificationArgs,
        store: RegistryStore,
        pushed: pulumi.Output[str],
        pull: remote.Command,
    ) -> pulumi.Output[tuple[str, list[str]]]:
        """Return the name of the expected object, and the matching names in a store."""
        # An Output of the pull's text orders the lookup after the pull.
        object_name = pulumi.Output.all(pushed, pull.stdout).apply(
            lambda values: args.probe.object_name(str(values[0]), object_prefix(store), args.repository)
        )
        on_server = args.pusher.on_server(self, pull)
        object_names = find_object(name, object_name, store, args.registry.generation, args.pusher, on_server)
        return pulumi.Output.all(object_name, object_names).apply(
            lambda values: (str(values[0]), list(values[1]))
        )


def _matching_lookup(lookups: Sequence[tuple[str, list[str]]]) -> tuple[str, list[str]]:
    """Return the lookup that found its object, or else the first one."""
    return next((lookup for lookup in lookups if lookup[0] in lookup[1]), lookups[0])
