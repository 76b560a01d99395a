"""SoftLayer_Hardware and SoftLayer_Hardware_Server: bare metal, from template to cancellation."""

from dataclasses import replace

from cloud import arguments, faults
from cloud.account.account import Account
from cloud.account.hardware import HardwareReload
from cloud.account.requests import OrderRequest
from cloud.account.tags import read_tags
from cloud.catalog.hardware import PRESETS, find_hardware_preset, find_uplink
from cloud.catalog.items import Item
from cloud.catalog.packages import HARDWARE_PACKAGE, find_package
from cloud.entities.servers.hardware import hardware_entity, user_data_entity
from cloud.orders.hardware_template import read_hardware_template
from cloud.orders.host_names import check_names
from cloud.orders.order_response import hardware_order_template
from cloud.services.servers.hardware_options import hardware_options
from cloud.services.service import Call, Method, Service, require_identifier
from cloud.state.records import Hardware
from cloud.values import Entity, Json, Value, structure

NAMES = ("SoftLayer_Hardware", "SoftLayer_Hardware_Server")
_TOKEN = "FORCE"  # noqa: S105 - starts reloadOperatingSystem without a confirmation
_SAMPLE: dict[str, Json] = {
    "hostname": "sample",
    "domain": "example.com",
    "datacenter": {"name": "dal13"},
    "hourlyBillingFlag": False,
    "operatingSystemReferenceCode": "UBUNTU_LATEST",
    "fixedConfigurationPreset": {"keyName": PRESETS[0].key_name},
}


def services(account: Account) -> tuple[Service, ...]:
    """Return the two services, which are one; relations of a server need no method."""

    def find(identifier: str | None) -> Entity:
        return hardware_entity(_find(account, identifier), account)

    methods = {**_ordering(account), **_editing(account), **_running(account), **_traffic(account)}
    samples = (_SAMPLE, None)
    return tuple(
        Service(name, find, methods, sample=sample) for name, sample in zip(NAMES, samples, strict=True)
    )


def _find(account: Account, identifier: str | None) -> Hardware:
    return account.hardware.find(require_identifier(NAMES[1], identifier))


def _ordering(account: Account) -> dict[str, Method]:
    def create(call: Call) -> Value:
        request = read_hardware_template(call.argument(0))
        location = str(request.datacenter.id)
        order = OrderRequest(
            HARDWARE_PACKAGE, request.preset.id, request.hourly, location, (), hardware=(request,)
        )
        account.key_texts(request.key_ids)
        return _created(account.place((order,))[0].hardware[0])

    def generate(call: Call) -> Value:
        container = hardware_order_template(read_hardware_template(call.argument(0)))
        return structure("SoftLayer_Container_Product_Order_Hardware_Server", container)

    def options(_: Call) -> Value:
        return structure("", hardware_options())

    return {"createObject": create, "generateOrderTemplate": generate, "getCreateObjectOptions": options}


def _created(server: Hardware) -> Entity:
    """Return createObject's answer as SLDN shows it: without an id, found by its global identifier."""
    preset = find_hardware_preset(server.preset)
    return structure(
        NAMES[0],
        {
            "id": None,
            "bareMetalInstanceFlag": None,
            "hardwareStatusId": None,
            "serviceProviderId": None,
            "serviceProviderResourceId": None,
            "hostname": server.hostname,
            "domain": server.domain,
            "globalIdentifier": server.global_identifier,
            "hourlyBillingFlag": server.hourly,
            "operatingSystemReferenceCode": server.os_code,
            "memoryCapacity": preset.memory_gb if preset else None,
            "processorCoreAmount": preset.cores if preset else None,
        },
    )


def _editing(account: Account) -> dict[str, Method]:
    def edit(call: Call) -> Value:
        server = _find(account, call.identifier)
        _edit(account, server, arguments.mapping(call.argument(0), "The template object"))
        return True

    def tag(call: Call) -> Value:
        tags = read_tags(call.argument(0))
        account.hardware.change(_find(account, call.identifier).id, lambda record: replace(record, tags=tags))
        return True

    def metadata(call: Call) -> Value:
        texts = arguments.texts(call.argument(0))
        number = _find(account, call.identifier).id
        account.hardware.change(number, lambda record: replace(record, user_data=texts))
        return [user_data_entity(text) for text in texts]

    def delete(call: Call) -> Value:
        number = _find(account, call.identifier).id
        account.hardware.cancel(number, immediately=True, reason="", note="")
        return True

    def reload(call: Call) -> Value:
        server = _find(account, call.identifier)
        if call.argument(0) != _TOKEN:
            raise faults.invalid_parameter(
                f"The token must be {_TOKEN}; this cloud has no confirmation step."
            )
        account.hardware.reload(server.id, _reload(account, server, call.argument(1)))
        return "OK"

    def reload_as_it_is(call: Call) -> Value:
        server = _find(account, call.identifier)
        account.hardware.reload(server.id, _reload(account, server, {}))
        return True

    return {
        "editObject": edit,
        "setTags": tag,
        "setUserMetadata": metadata,
        "deleteObject": delete,
        "reloadOperatingSystem": reload,
        "reloadCurrentOperatingSystemConfiguration": reload_as_it_is,
    }


def _edit(account: Account, server: Hardware, properties: dict[str, Json]) -> None:
    """Host name, domain and notes can be edited; the rest of a fetched object put back is ignored."""
    hostname = arguments.text(properties, "hostname") or server.hostname
    domain = arguments.text(properties, "domain") or server.domain
    notes = arguments.text(properties, "notes") if "notes" in properties else server.notes
    check_names(hostname, domain)
    account.hardware.change(
        server.id, lambda record: replace(record, hostname=hostname, domain=domain, notes=notes)
    )


def _reload(account: Account, server: Hardware, configuration: Json) -> HardwareReload:
    """Return what a SoftLayer_Container_Hardware_Server_Configuration asks for; what it leaves out stays."""
    properties = arguments.mapping(configuration if configuration is not None else {}, "The configuration")
    ids = arguments.sequence(properties, "sshKeyIds")
    numbers = [arguments.number(key_id, "sshKeyIds") for key_id in ids]
    keys = tuple(dict.fromkeys(number for number in numbers if number is not None)) if ids else server.key_ids
    system = _system(arguments.sequence(properties, "itemPrices"))
    return HardwareReload(
        system.os_code if system else server.os_code,
        keys,
        account.key_texts(keys) if ids else server.sealed_keys,
        arguments.text(properties, "customProvisionScriptUri"),
    )


def _system(prices: list[Json]) -> Item | None:
    package = find_package(HARDWARE_PACKAGE)
    sold = package.items if package else ()
    system = None
    for price in prices:
        number = arguments.number(arguments.mapping(price, "itemPrices").get("id"), "itemPrices.id")
        system = next((item for item in sold if item.price_id == number and item.os_code), None)
        if system is None:
            raise faults.invalid_order(f"Price # {number} is no operating system of this server.")
    return system


def _running(account: Account) -> dict[str, Method]:
    def switch(call: Call, *states: bool) -> Value:
        server = _find(account, call.identifier)
        for on in states:
            account.hardware.power(server, on=on)
        return True

    def pingable(call: Call) -> Value:
        return account.hardware.running(_find(account, call.identifier))

    cycles = ("powerCycle", "rebootDefault", "rebootHard", "rebootSoft")
    return {
        "powerOn": lambda call: switch(call, True),
        "powerOff": lambda call: switch(call, False),
        **{name: lambda call: switch(call, False, True) for name in cycles},
        "isPingable": pingable,
        "isBackendPingable": pingable,
    }


def _traffic(account: Account) -> dict[str, Method]:
    def speed(call: Call) -> Value:
        """Set the speed. The official client sends it with the redundancy in one list, others one by one."""
        server, first = _find(account, call.identifier), call.argument(0)
        mbps = arguments.number(first[0] if isinstance(first, list) and first else first, "newSpeed")
        if mbps is None or find_uplink(mbps, private=server.private_only) is None:
            raise faults.invalid_value("newSpeed", "100, 1000 and 10000 Mbps are offered.")
        account.hardware.change(server.id, lambda record: replace(record, speed_mbps=mbps))
        return True

    def allotment(call: Call) -> Value:
        server = _find(account, call.identifier)
        amount = "0" if server.hourly else "500"
        return structure("", {"id": server.id, "allocationId": server.id, "allocation": {"amount": amount}})

    def usage(call: Call) -> Value:
        _find(account, call.identifier)
        names = ("PUBLIC_SERVER_BW", "PRIVATE_SERVER_BW")
        return [structure("", {"amountIn": "0", "amountOut": "0", "type": {"alias": name}}) for name in names]

    return {
        "setPublicNetworkInterfaceSpeed": speed,
        "setPrivateNetworkInterfaceSpeed": speed,
        "getBandwidthAllotmentDetail": allotment,
        "getBillingCycleBandwidthUsage": usage,
    }
