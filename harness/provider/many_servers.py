"""Many servers of either kind, ordered at the cloud behind the provider's back."""

from dataclasses import dataclass

from harness.cloud.running_api import RunningApi
from harness.provider.plugin import GUEST
from harness.provider.server_inputs import DB, METAL, WEB
from provider.values import Properties


@dataclass(frozen=True)
class Sort:
    """One kind of server.

    Attributes:
        resource: Type token of the resource.
        inputs: Inputs of one server.
        key: What it is known by.
        service: Service of the kind.
        listed: The account's method that lists them.
        template: Template of an order that is placed elsewhere.
        at_once: How many are ordered by one call.
    """

    resource: str
    inputs: Properties
    key: str
    service: str
    listed: str
    template: Properties
    at_once: int


GUESTS = Sort(
    GUEST,
    WEB,
    "id",
    "Virtual_Guest",
    "getVirtualGuests",
    {
        "domain": "example.com",
        "datacenter": {"name": "dal05"},
        "operatingSystemReferenceCode": "UBUNTU_22_64",
        "startCpus": 1,
        "maxMemory": 1024,
        "localDiskFlag": False,
        "hourlyBillingFlag": True,
    },
    at_once=20,
)
HARDWARE = Sort(
    METAL,
    DB,
    "globalIdentifier",
    "Hardware_Server",
    "getHardware",
    {
        "domain": "example.com",
        "datacenter": {"name": "dal13"},
        "operatingSystemReferenceCode": "UBUNTU_22_64",
        "fixedConfigurationPreset": {"keyName": "S1270_8GB_2X1TBSATA_NORAID"},
        "hourlyBillingFlag": True,
    },
    at_once=1,
)


def order(api: RunningApi, sort: Sort, count: int) -> list[tuple[str, Properties]]:
    """Return servers that were ordered elsewhere and are delivered, and the inputs that a state would hold.

    Args:
        api: API of the account.
        sort: Kind of server, virtual or bare metal.
        count: Number of servers.
    """
    client, servers = api.client(), list[tuple[str, Properties]]()
    while len(servers) < count:
        names = [f"web{len(servers) + number}" for number in range(min(sort.at_once, count - len(servers)))]
        templates = [{**sort.template, "hostname": name} for name in names]
        if sort.at_once > 1:
            placed = client.call(sort.service, "createObjects", templates)
        else:
            placed = [client.call(sort.service, "createObject", templates[0])]
        servers += [
            (str(server[sort.key]), {**sort.inputs, "hostname": server["hostname"], "orderToken": "abcdefgh"})
            for server in placed
        ]
    waiting = {sort.listed[3:4].lower() + sort.listed[4:]: {"provisionDate": {"operation": "is null"}}}
    while client.call("Account", sort.listed, mask="mask[id]", filter=waiting):
        pass
    return servers
