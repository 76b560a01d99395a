"""Server: one SoftLayer server with a Docker Engine, reachable by SSH with its host key pinned."""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import pulumi
import pulumi_docker as docker
from pulumi_command import remote

from components.remote.host import RemoteHost
from components.remote.login import Login, log_in, log_in_twice
from components.remote.reachable import first_reachable_host, of_first_reachable
from components.remote.script import INSTALLATION_SECONDS, remote_script
from components.remote.script_source import script_source
from components.remote.unreachable_helper import skip_while_unreachable
from components.server.authorized_keys import keep_authorized_keys, try_next_key
from components.server.cancellation import warn_of_cancellation
from components.server.operator_key import OperatorKey
from components.server.order import ServerOrder, number, order_server
from components.server.packages import keep_packages
from components.server.reboot_turns import RebootTurns
from components.server.sshd import restrict_sshd
from components.server.standby_images import StandbyImages, read_images
from settings import ServerSettings
from settings.servers.maintenance import MaintenanceSettings

_HOST_KEY = re.compile(r"[a-z0-9@.-]+ [A-Za-z0-9+/]+={0,2}( .*)?")


@dataclass(frozen=True)
class ServerArgs:
    """What a server needs.

    Attributes:
        order: Order of the server.
        protect: Whether its deletion is refused.
        turns: Turns in which it is rebooted; None where nothing else serves its clients.
        stand_in: Server where its images are built while it does not answer; None where registries run from
            them.
        spare: A server that carries something, where this one only helps: its scripts wait while it does not
            answer. None where it carries something itself.
        maintenance: How its packages are kept up to date.
    """

    order: ServerOrder
    protect: bool
    turns: RebootTurns | None = None
    stand_in: "Server | None" = None
    spare: "Server | None" = None
    maintenance: MaintenanceSettings = field(default_factory=MaintenanceSettings)


@dataclass(frozen=True)
class ImageBuilder:
    """Where a server's images are built.

    Attributes:
        server: Name of the server that builds.
        host: The server, for scripts.
        docker: Docker Engine of the server, for pulumi-docker.
    """

    server: pulumi.Output[str]
    host: RemoteHost
    docker: docker.Provider


def _require_host_key(host_key: str | None) -> str:
    # An empty one would mean any key to pulumi-command.
    if not host_key or _HOST_KEY.fullmatch(host_key) is None:
        raise ValueError(
            f"the server's SSH host key must be TYPE BASE64, got {host_key!r}; leave probeSsh on, so that"
            " it can be pinned"
        )
    return host_key


def _ssh_options(key_options: Sequence[str], host_key: str) -> list[str]:
    # The host key comes from the state, by a command: no known_hosts file is left on the operator's disk.
    options = {
        "BatchMode": "yes",
        "ConnectTimeout": "15",
        # A server that goes silent is an error after a minute (choice), not after TCP's quarter of an hour.
        "ServerAliveInterval": "15",
        "ServerAliveCountMax": "4",
        "IdentitiesOnly": "yes",
        "ForwardAgent": "no",
        "StrictHostKeyChecking": "yes",
        "UserKnownHostsFile": "/dev/null",
        "GlobalKnownHostsFile": "/dev/null",
        "KnownHostsCommand": f"/bin/echo %H {' '.join(host_key.split()[:2])}",
    }
    return [*key_options, *(word for name, value in options.items() for word in ("-o", f"{name}={value}"))]


class Server(pulumi.ComponentResource):
    """A server and its Docker Engine.

    Attributes:
        ordered: The order itself; what lives on the server is deleted with it.
        address: Address at which the operator reaches it, the public one or else the private one.
        private_ip: Address in the private network.
        host_key: SSH host key, pinned at the first contact.
        host: The server, for scripts.
        private_key: The operator's private key, which opens it. Secret.
        docker: Docker Engine of the server, for pulumi-docker.
        builder: Where the server's images are built: on it, or on its stand-in while it does not answer.
        engine: The command that made sure of the Docker Engine; depend on it before using Docker.
    """

    def __init__(self, name: str, args: ServerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("softlayer-registry:index:Server", name, {}, opts)
        self.name = name
        self.settings: ServerSettings = args.order.settings
        hooks = args.turns.hooks(name) if args.turns else None
        self.ordered = order_server(
            name, args.order, pulumi.ResourceOptions(parent=self, protect=args.protect, hooks=hooks)
        )
        self.private_ip = self.ordered.private_ip
        self.host_key = self.ordered.ssh_host_key.apply(_require_host_key)
        self.address = pulumi.Output.all(self.ordered.public_ip, self.ordered.private_ip).apply(
            lambda addresses: str(addresses[0] or addresses[1])
        )
        self._outputs: dict[str, pulumi.Output[object]] = {
            "address": self.address,
            "privateIp": self.private_ip,
        }
        warn_of_cancellation(self.ordered, name, self.ordered.cancellation_date)
        self._key, self.private_key = args.order.key, args.order.key.private_key
        self._is_standby = args.stand_in is not None
        if args.turns:
            args.turns.watch(name, self.address, self.host_key)
        self._helps = args.spare is not None
        self.host = self._remote_host(args)
        self._sshd = restrict_sshd(name, self.host, self.on_server(self))
        self.engine = remote_script(
            f"{name}-docker-engine",
            "docker-engine.sh",
            host=self.host,
            timeout=INSTALLATION_SECONDS,
            opts=self.on_server(self, self._sshd),
            # It shares daemon.json with the storage driver and with people.
            installs=(),
        )
        self._packages = keep_packages(
            name, args.maintenance, self.host, lambda: self.on_server(self, self.engine)
        )
        self._keep_keys(args.order.key)
        builders = [self] if args.stand_in is None else [self, args.stand_in]
        self.docker = self._docker(builders)
        self.builder = ImageBuilder(
            of_first_reachable(builders, lambda server: pulumi.Output.from_input(server.name)),
            first_reachable_host(builders),
            self.docker,
        )
        self.register_outputs(self._outputs)

    def _remote_host(self, args: ServerArgs) -> RemoteHost:
        host = RemoteHost(self._connection(self._key), self.ordered.installation)
        spare = args.spare
        if spare is None:
            return host
        skip_transform = skip_while_unreachable(
            self.name,
            lambda: self._first_login.apply(lambda login: login.failure),
            self.ordered,
            lambda: spare.host.connection,
        )
        return replace(host, skip_transform=skip_transform)

    def _keep_keys(self, key: OperatorKey) -> None:
        # A rotation changes the key on every server, or on none.
        host = replace(self.host, skip_transform=None) if key.next_private_key is not None else self.host
        keys = keep_authorized_keys(self.name, key, host, self.on_server(self, self._sshd))
        if key.next_private_key is not None:
            # Among the component's outputs, so that a server which refuses the key ends the run.
            self._outputs["takesNextKey"] = try_next_key(
                self.name, self.address, self.host_key, key.next_private_key, keys
            )

    def _docker(self, builders: "Sequence[Server]") -> docker.Provider:
        host_key = of_first_reachable(builders, lambda server: server.host_key)
        return docker.Provider(
            f"{self.name}-docker",
            host=pulumi.Output.format(
                "ssh://root@{0}:22", of_first_reachable(builders, lambda server: server.address)
            ),
            ssh_opts=host_key.apply(lambda key: _ssh_options(self._key.ssh_options, key)),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[self.engine, *self._packages]),
        )

    @property
    def login_failure(self) -> pulumi.Output[str]:
        """Why the server cannot be reached now, "" where it can; checked once in a run, with a warning."""
        # Whether a server answers is for everybody; it became secret beside the key that opened it.
        return pulumi.Output.unsecret(self._login.apply(lambda login: login.failure))

    def image_token(self, image: str) -> pulumi.Output[str]:
        """Return what changes whenever a standby's image has to be built again; "" on other servers.

        Args:
            image: Name of the image.
        """
        if not self._is_standby:
            return pulumi.Output.from_input("")
        return pulumi.Output.unsecret(
            self._images.apply(lambda images: images.token(image, self._fresh_token))
        )

    @cached_property
    def _login(self) -> pulumi.Output[Login]:
        async def try_login(values: Sequence[Any]) -> Login:
            address, host_key, private_key, _, first = values
            if isinstance(first, Login) and first.failure:
                return first
            script = script_source("standby-images.sh") if self._is_standby else ""
            login = await log_in(address, host_key, private_key, script)
            self._warn_of(login, address)
            return login

        # After sshd has read its settings again, during which it refuses connections.
        first = self._first_login if self._helps else None
        return pulumi.Output.all(
            self.address, self.host_key, self._key.private_key, self._sshd.stdout, first
        ).apply(try_login)

    @cached_property
    def _first_login(self) -> pulumi.Output[Login]:
        """Before anything is done on a helper: what cannot be done there is left out."""

        async def try_login(values: Sequence[str]) -> Login:
            login = await log_in_twice(*values)
            self._warn_of(login, values[0])
            return login

        return pulumi.Output.all(self.address, self.host_key, self._key.private_key).apply(try_login)

    def _warn_of(self, login: Login, address: str) -> None:
        if login.failure:
            pulumi.warn(
                f"{self.name} ({address}) cannot be worked on: {login.failure}. Another server does"
                " what this one would have helped with, what is to be changed on it waits, and the next"
                " `pulumi up` tries again; what is to be taken off it does not wait: switch it on first. See"
                " docs/runbooks/lost-helper.md",
                resource=self,
            )

    @cached_property
    def _images(self) -> pulumi.Output[StandbyImages]:
        def read(login: Login) -> StandbyImages:
            images = read_images(login.output)
            for image in sorted(images.missing):
                pulumi.warn(
                    f"{self.name}: the image {image} was removed from this standby; it is built again",
                    resource=self,
                )
            return images

        return self._login.apply(read)

    @cached_property
    def _fresh_token(self) -> str:
        return secrets.token_hex(4)

    def _connection(self, key: OperatorKey) -> pulumi.Output[remote.ConnectionArgs]:
        connection = remote.ConnectionArgs(
            host=self.address,
            user="root",
            agent_socket_path=key.agent_socket,
            host_key=self.host_key,
            # sshd refuses some of many logins at once (MaxStartups); ten dials span some ten seconds.
            dial_error_limit=10,
            per_dial_timeout=10,
        )
        return pulumi.Output.secret(connection)

    def on_server(self, parent: pulumi.Resource, *dependencies: pulumi.Resource) -> pulumi.ResourceOptions:
        """Return options for a resource on this server, which is deleted and replaced with the server."""
        return pulumi.ResourceOptions(
            parent=parent,
            depends_on=list(dependencies),
            deleted_with=self.ordered,
            replace_with=[self.ordered],
        )

    @property
    def summary(self) -> pulumi.Output[dict[str, object]]:
        """Summary of the server for the operator."""
        return pulumi.Output.all(
            id=number(self.ordered),
            hostname=self.ordered.fully_qualified_domain_name,
            address=self.address,
            privateIp=self.private_ip,
            hourly=self.ordered.hourly,
            engine=self.engine.stdout.apply(str.strip),
        )
