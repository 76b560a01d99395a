"""A Pulumi program with the access components on an existing server; `parameters.json` has its parameters."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pulumi
from pulumi_command import remote

from components.access.certificate import Issuer, issue
from components.access.provided_certificate import load_provided_certificate
from components.proxy.front_door import BasicAuthUsers, FrontDoor, FrontDoorArgs
from components.proxy.haproxy import Proxy, ProxyArgs
from components.proxy.storage_proxy import StorageDoor, StorageDoorArgs
from components.remote.host import RemoteHost
from components.server.firewall.firewall import Firewall, FirewallArgs
from components.server.server import Server


class ExistingServer(pulumi.ComponentResource):
    """A server that exists already, with what the components use of it."""

    def __init__(self, address: str, private_key: str, host_key: str) -> None:
        super().__init__("test:index:Server", "server", {})
        connection = remote.ConnectionArgs(
            host=address, user="root", private_key=private_key, host_key=host_key
        )
        self.host = RemoteHost(pulumi.Output.secret(connection), pulumi.Output.from_input("1"))
        self.engine = self

    def on_server(self, parent: pulumi.Resource, *dependencies: pulumi.Resource) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=parent, depends_on=list(dependencies))


parameters = json.loads(Path("parameters.json").read_text())
server = cast(Server, ExistingServer(parameters["address"], parameters["privateKey"], parameters["hostKey"]))
listen = pulumi.Output.from_input(parameters["address"])
secret = pulumi.Output.secret(parameters["secret"])
users = pulumi.Output.secret(parameters["users"])
issued = pulumi.Output.all(secret, listen).apply(
    lambda values: issue(Issuer(values[0]), parameters["name"], (values[1],))
)
proxy = Proxy("proxy", ProxyArgs(server))
storage = StorageDoor(
    "storage", StorageDoorArgs(proxy, pulumi.Output.from_input(parameters["authUrl"]), 5003)
)
modern = FrontDoor(
    "modern",
    FrontDoorArgs(
        proxy,
        "modern",
        listen,
        5000,
        5001,
        issued,
        storage=storage,
        users=BasicAuthUsers(users, secret),
        password=secret,
    ),
)
if parameters["legacy"]:
    # What was issued serves as one that is given.
    checked = pulumi.Output.all(issued, listen).apply(
        lambda values: load_provided_certificate(
            values[0].certificate, values[0].private_key, values[0].authority, (values[1],), datetime.now(UTC)
        )
    )
    legacy = FrontDoor(
        "legacy",
        FrontDoorArgs(
            proxy,
            "legacy",
            listen,
            5080,
            5002,
            checked,
            health_path="/v1/_ping",
            users=BasicAuthUsers(users, secret),
            prefixes=("/v1/",),
            open_paths=("/v1/_ping",),
        ),
    )
Firewall("firewall", FirewallArgs(server, (5000, 5080)))
pulumi.export("authUrl", storage.auth_url)
pulumi.export("endpoint", modern.endpoint)
