"""Verification: what makes a registry worth its endpoint, a real push, a real pull, a look at the storage."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

import pulumi_softlayer as softlayer
from components.object_store import ObjectStore
from components.registry import Registry
from components.remote_script import remote_script
from components.server import Server
from settings import ListenChoice

_REPOSITORY = "verification/probe"


class VerificationError(Exception):
    """What was pushed did not come back, or is not in the object storage."""


@dataclass(frozen=True)
class VerificationArgs:
    """Who verifies what.

    Attributes:
        registry: the registry under test.
        store: where its objects must appear.
        pusher: the server that pushes.
        puller: the server that pulls; another one wherever there is one.
        user: the registry's user.
        password: of that user; secret.
    """

    registry: Registry
    store: ObjectStore
    pusher: Server
    puller: Server
    user: str
    password: pulumi.Output[str]


def choose_puller(host: Server, servers: Sequence[Server], listen: ListenChoice) -> Server:
    """Return who pulls what `host` pushed: another server of its datacenter, else any other, else itself.

    A registry on loopback can be reached from its own server only.
    """
    others = [server for server in servers if server is not host and listen != "loopback"]
    near = [server for server in others if server.settings.datacenter == host.settings.datacenter]
    return next(iter([*near, *others]), host)


def object_name(digest: str) -> str:
    """Return the name under which distribution 2.8's Swift driver keeps a blob's data."""
    algorithm, _, encoded = digest.partition(":")
    return f"files/docker/registry/v2/blobs/{algorithm}/{encoded[:2]}/{encoded}/data"


def check_round_trip(pushed: str, pulled: str, objects: list[str]) -> str:
    """Return the verified manifest digest.

    Args:
        pushed: what the push printed, "MANIFEST-DIGEST CONTENT-DIGEST".
        pulled: what the pull printed, the manifest's digest.
        objects: names found in the container.

    Raises:
        VerificationError: the digests differ, or the manifest is not among the objects.
    """
    digest = pushed.split()[0]
    if pulled.strip() != digest:
        raise VerificationError(f"pushed {digest} and pulled {pulled.strip()}: the registry mixes up images")
    if object_name(digest) not in objects:
        raise VerificationError(
            f"{digest} was pushed and pulled, but {object_name(digest)} is not in the object storage: "
            "the registry keeps its data elsewhere"
        )
    return digest


class Verification(pulumi.ComponentResource):
    """A push from one server and a pull on another, digests compared, objects seen in Swift.

    Attributes:
        digest: the manifest's digest that made the round trip.
    """

    def __init__(self, name: str, args: VerificationArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("softlayer-registry:index:Verification", name, {}, opts)
        users = {server.name: server for server in (args.pusher, args.puller)}
        trusted = [self._trust(name, server, args.registry) for server in users.values()]
        credentials = args.password.apply(lambda password: f"{password}\n")
        pushed = remote_script(
            f"{name}-push",
            "push-probe.sh",
            args.registry.address,
            _REPOSITORY,
            args.user,
            connection=args.pusher.connection,
            secret_input=credentials,
            run_again_on=[args.registry.container.id],
            opts=args.pusher.on_server(self, args.registry.container, *trusted),
        )
        pulled = remote_script(
            f"{name}-pull",
            "pull-probe.sh",
            args.registry.address,
            _REPOSITORY,
            args.user,
            pushed.stdout.apply(str.strip),
            connection=args.puller.connection,
            secret_input=credentials,
            opts=args.puller.on_server(self, pushed),
        )
        # Digests are for everybody; they became secret beside the password that made them.
        self.digest = pulumi.Output.unsecret(self._check(args.store, pushed.stdout, pulled.stdout))
        self.register_outputs({"digest": self.digest})

    def _trust(self, name: str, server: Server, registry: Registry) -> pulumi.Resource:
        return remote_script(
            f"{name}-trust-{server.name}",
            "trust-registry.sh",
            registry.address,
            connection=server.connection,
            secret_input=registry.authority,
            opts=server.on_server(self, server.engine),
        )

    def _check(
        self, store: ObjectStore, pushed: pulumi.Output[str], pulled: pulumi.Output[str]
    ) -> pulumi.Output[str]:
        if pulumi.runtime.is_dry_run():
            # A preview needs no network; what the last update verified still stands in the state.
            return pushed.apply(lambda text: text.split()[0])
        # After the pull: an Output of its text orders the listing behind it.
        prefix = pulumi.Output.all(pushed, pulled).apply(lambda found: object_name(str(found[0]).split()[0]))
        listing = softlayer.get_objects_output(
            auth_url=store.account.auth_url,
            username=store.account.username,
            key=store.account.key,
            container=store.container.name,
            prefix=prefix,
            opts=pulumi.InvokeOutputOptions(parent=self),
        )
        return pulumi.Output.all(pushed, pulled, listing.names).apply(
            lambda found: check_round_trip(str(found[0]), str(found[1]), list(found[2]))
        )
