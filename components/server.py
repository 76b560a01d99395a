"""Server: one SoftLayer server with a Docker Engine, reachable by SSH with its host key pinned."""

from dataclasses import dataclass
from pathlib import Path

import pulumi
import pulumi_docker as docker
from pulumi_command import remote

import pulumi_softlayer as softlayer
from components.operator_key import OperatorKey
from components.remote_script import remote_script
from settings import ServerSettings


@dataclass(frozen=True)
class ServerArgs:
    """What a server needs.

    Attributes:
        settings: its shape.
        domain: DNS domain of the environment.
        environment: the stack's name; becomes a tag.
        key: opens root's account.
        protect: refuse deletion of the server.
    """

    settings: ServerSettings
    domain: str
    environment: str
    key: OperatorKey
    protect: bool


def _known(host_key: str | None) -> str:
    if host_key is None:
        raise ValueError("the server's SSH host key is unknown; leave probeSsh on, so that it can be pinned")
    return host_key


def _ssh_options(key_file: Path, host_key: str) -> list[str]:
    # The host key comes from the state, by a command: no known_hosts file is left on the operator's disk.
    options = {
        "BatchMode": "yes",
        "ConnectTimeout": "15",
        "IdentitiesOnly": "yes",
        "StrictHostKeyChecking": "yes",
        "UserKnownHostsFile": "/dev/null",
        "GlobalKnownHostsFile": "/dev/null",
        "KnownHostsCommand": f"/bin/echo %H {' '.join(host_key.split()[:2])}",
    }
    return ["-i", str(key_file)] + [
        word for name, value in options.items() for word in ("-o", f"{name}={value}")
    ]


class Server(pulumi.ComponentResource):
    """A server and its Docker Engine.

    Attributes:
        guest: the order itself; what lives on the server is deleted with it.
        address: where the operator reaches it, the public address or else the private one.
        private_ip: its address in the private network.
        host_key: its SSH host key as first seen, pinned.
        connection: for pulumi-command; secret.
        docker: for pulumi-docker.
        engine: the command that made sure of the Docker Engine; depend on it before using Docker.
    """

    def __init__(self, name: str, args: ServerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("softlayer-registry:index:Server", name, {}, opts)
        self.name = name
        self.settings = args.settings
        self.guest = self._order(args)
        self.private_ip = self.guest.private_ip
        self.host_key = self.guest.ssh_host_key.apply(_known)
        self.address = pulumi.Output.all(self.guest.public_ip, self.guest.private_ip).apply(
            lambda addresses: str(addresses[0] or addresses[1])
        )
        self.connection = self._connection(args)
        self.engine = remote_script(
            f"{name}-docker-engine",
            "docker-engine.sh",
            connection=self.connection,
            opts=self.on_server(self),
        )
        self.docker = docker.Provider(
            f"{name}-docker",
            host=pulumi.Output.format("ssh://root@{0}:22", self.address),
            ssh_opts=self.host_key.apply(lambda key: _ssh_options(args.key.file, key)),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[self.engine]),
        )
        self.register_outputs({"address": self.address, "privateIp": self.private_ip})

    def _order(self, args: ServerArgs) -> softlayer.VirtualGuest:
        shape = args.settings
        return softlayer.VirtualGuest(
            self.name,
            hostname=self.name,
            domain=args.domain,
            datacenter=shape.datacenter,
            os_code=shape.os,
            flavor=shape.flavor,
            cpus=shape.cpus,
            memory=shape.memory,
            hourly=shape.hourly,
            disks=list(shape.disks) or None,
            network_speed=shape.network_speed,
            ssh_key_ids=[args.key.key_id],
            tags=sorted({*shape.tags, "softlayer-registry", args.environment}),
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )

    def _connection(self, args: ServerArgs) -> pulumi.Output[remote.ConnectionArgs]:
        connection = remote.ConnectionArgs(
            host=self.address,
            user="root",
            private_key=args.key.private_key,
            host_key=self.host_key,
            dial_error_limit=6,
            per_dial_timeout=10,
        )
        return pulumi.Output.secret(connection)

    def on_server(self, parent: pulumi.Resource, *needs: pulumi.Resource) -> pulumi.ResourceOptions:
        """Options for what lives on this server: it goes with the server, and comes anew on a new one."""
        return pulumi.ResourceOptions(
            parent=parent, depends_on=list(needs), deleted_with=self.guest, replace_with=[self.guest]
        )

    @property
    def summary(self) -> pulumi.Output[dict[str, object]]:
        """What an operator wants to know of the server."""
        return pulumi.Output.all(
            id=self.guest.guest_id,
            hostname=self.guest.fully_qualified_domain_name,
            address=self.address,
            privateIp=self.private_ip,
            hourly=self.guest.hourly,
            engine=self.engine.stdout.apply(str.strip),
        )
