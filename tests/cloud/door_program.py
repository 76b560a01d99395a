"""A Pulumi program with the access components on a server that is there already; `given.json` says all."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pulumi
from pulumi_command import remote

from components.certificate import Issuer, issue
from components.firewall import Firewall, FirewallArgs
from components.front_door import AskedUsers, FrontDoor, FrontDoorArgs
from components.given_certificate import given
from components.proxy import Proxy, ProxyArgs
from components.remote_host import RemoteHost
from components.server import Server
from components.storage_door import StorageDoor, StorageDoorArgs


class ThereAlready(pulumi.ComponentResource):
    """What the components ask of a server."""

    def __init__(self, address: str, private_key: str, host_key: str) -> None:
        super().__init__("test:index:Server", "server", {})
        connection = remote.ConnectionArgs(
            host=address, user="root", private_key=private_key, host_key=host_key
        )
        self.host = RemoteHost(pulumi.Output.secret(connection), pulumi.Output.from_input("1"))
        self.engine = self

    def on_server(self, parent: pulumi.Resource, *dependencies: pulumi.Resource) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=parent, depends_on=list(dependencies))


told = json.loads(Path("given.json").read_text())
server = cast(Server, ThereAlready(told["address"], told["privateKey"], told["hostKey"]))
listen = pulumi.Output.from_input(told["address"])
secret = pulumi.Output.secret(told["secret"])
users = pulumi.Output.secret(told["users"])
issued = pulumi.Output.all(secret, listen).apply(
    lambda values: issue(Issuer(values[0]), told["name"], (values[1],))
)
proxy = Proxy("proxy", ProxyArgs(server))
storage = StorageDoor("storage", StorageDoorArgs(proxy, pulumi.Output.from_input(told["authUrl"]), 5003))
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
        users=AskedUsers(users, secret),
        password=secret,
    ),
)
if told["legacy"]:
    # What was issued serves as one that is given.
    checked = pulumi.Output.all(issued, listen).apply(
        lambda values: given(
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
            users=AskedUsers(users, secret),
            prefixes=("/v1/",),
            open_paths=("/v1/_ping",),
        ),
    )
Firewall("firewall", FirewallArgs(server, (5000, 5080)))
pulumi.export("authUrl", storage.auth_url)
pulumi.export("endpoint", modern.endpoint)
