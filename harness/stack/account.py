"""The account of a local cloud as its owner sees it: with SoftLayer's own client."""

from typing import cast

import SoftLayer

from dev.local.environment import Environment


def client(environment: Environment) -> SoftLayer.BaseClient:
    """The official client, logged in."""
    cloud = environment.credentials()
    return SoftLayer.create_client_from_env(
        username=cloud["username"], api_key=cloud["api_key"], endpoint_url=cloud["endpoint_xmlrpc"]
    )


def billed(environment: Environment) -> dict[str, list[object]]:
    """What costs money, or was left: guests, object storage accounts, SSH keys, and every billing item."""
    questions = {
        "guests": "getVirtualGuests",
        "object storage": "getHubNetworkStorage",
        "SSH keys": "getSshKeys",
        "billing items": "getNextInvoiceTopLevelBillingItems",
    }
    account = client(environment)
    return {name: cast(list[object], account.call("Account", call)) for name, call in questions.items()}
