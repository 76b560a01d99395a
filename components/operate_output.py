"""The output `operate`: all that swaps, rollbacks and migrations need to know of an environment."""

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

import pulumi

from components.cos_bucket import CosBucket
from components.object_store import ObjectStore
from components.open_site import Door, OpenSite
from components.registry_store import RegistryStore
from components.stable_address import StableAddress, public_address
from components.standby import Standby
from settings import COLOURS, Colour, FilesystemSettings, Settings
from settings.registry import STORAGE_PORT

if TYPE_CHECKING:
    from components.registry_colour import RegistryColour


def _records() -> str:
    """Return what the key is derived for that signs lock, records and history: those of this stack alone."""
    return f"records of operate in {pulumi.get_stack()}"


def operate_output(
    settings: Settings,
    sites: Mapping[str, OpenSite],
    store: RegistryStore,
    password: pulumi.Output[str],
    address: StableAddress | None,
    store_door: pulumi.Output[str | None],
) -> pulumi.Output[dict[str, object]]:
    """Return the output, secret as a whole; its shape is told in docs/colours.md.

    Args:
        settings: of the environment.
        sites: by datacenter, of those with a front door.
        store: shared by all.
        password: of the first user; secret.
        address: in front of all front doors; None where each has its own.
        store_door: whose server keeps lock and history where there is no Swift.
    """
    registry = sites[settings.home].registry
    parts: dict[str, pulumi.Input[object]] = {
        "certificateEnds": pulumi.Output.all(**_certificate_ends(sites)),
        "cancellations": pulumi.Output.all(**_cancellations(sites, address)).apply(_scheduled),
        "unguardedDoors": list(settings.unguarded_doors),
        "openSsh": list(settings.open_ssh),
        "registry": pulumi.Output.all(
            endpoint=registry.endpoint,
            user=settings.access.user,
            password=password,
            authority=registry.authority,
        ),
        "ssh": {"user": "root"},
        "storeDoor": store_door,
        "storage": fingerprint(store),
        "storageOrigins": storage_origins(store),
        "recordKey": store.root.derive(_records()),
        "previousRecordKey": store.root.derive_previous(_records()) or "",
        "doors": pulumi.Output.all(
            *(_door(name, door, address) for name, opened in sites.items() for door in opened.doors)
        ),
        "standbys": pulumi.Output.all(
            *(
                _standby(name, standby, address)
                for name, opened in sites.items()
                for standby in opened.standbys
            )
        ),
        "colours": {colour: _colour(colour, settings, sites, store) for colour in COLOURS},
    }
    if address is not None:
        parts["globalIp"] = pulumi.Output.all(number=address.number, address=address.address)
    swift = store.object_store
    if swift is not None:
        parts["swift"] = pulumi.Output.all(
            authUrl=swift.account.auth_url,
            username=swift.username,
            key=swift.key,
            container=swift.container.name,
        )
        parts["legacy"] = pulumi.Output.all(container=swift.legacy_container.name, storagePath="/registry")
    return pulumi.Output.secret(pulumi.Output.all(**parts))


def _certificate_ends(sites: Mapping[str, OpenSite]) -> dict[str, pulumi.Output[str]]:
    """When the certificates expire, ISO 8601, by door and generation; "" where a registry has none."""
    return {
        f"{door.server.name} {generation}": registry.certificate_end
        for opened in sites.values()
        for door in opened.doors
        for generation, registry in door.registries.items()
    }


def _cancellations(
    sites: Mapping[str, OpenSite], address: StableAddress | None
) -> dict[str, pulumi.Output[str | None]]:
    dates: dict[str, pulumi.Output[str | None]] = {
        server.name: server.ordered.cancellation_date
        for opened in sites.values()
        for server in opened.site.servers
    }
    if address is not None:
        dates["global IP"] = address.ordered.cancellation_date.apply(lambda date: date or None)
    return dates


def _scheduled(dates: Mapping[str, str | None]) -> dict[str, str]:
    return {name: date for name, date in dates.items() if date}


def fingerprint(store: RegistryStore) -> pulumi.Output[str]:
    """Return 64 hexadecimal digits that differ where the images are kept elsewhere; no secret is in them."""
    match store.kind:
        case ObjectStore() as swift:
            place = pulumi.Output.all(
                "swift", swift.account.auth_url, swift.account.username, swift.container.name
            )
        case CosBucket() as bucket:
            place = pulumi.Output.all("s3", bucket.endpoint, bucket.bucket)
        case FilesystemSettings() as folder:
            place = pulumi.Output.all("filesystem", folder.folder)
    return place.apply(lambda found: hashlib.sha256(json.dumps(found).encode()).hexdigest())


def storage_origins(store: RegistryStore) -> list[str]:
    """Return the origins to which registries redirect for blobs: the storage door's, that of a bucket."""
    origins = []
    for kind in (store.kind, *store.apart.values()):
        match kind:
            case ObjectStore():
                origins.append(f"http://127.0.0.1:{STORAGE_PORT}")
            case CosBucket() as bucket:
                origins.append(bucket.origin)
            case FilesystemSettings():
                pass
    return list(dict.fromkeys(origins))


def _door(datacenter: str, door: Door, address: StableAddress | None) -> pulumi.Output[dict[str, object]]:
    server = door.server
    return pulumi.Output.all(
        datacenter=datacenter,
        server=server.settings.name,
        address=server.address,
        hostKey=server.host_key,
        endpoint=door.registry.endpoint,
        clientAddress=door.registry.name.address,
        credentials=_credentials(door),
        generations=[generation for generation, one in door.registries.items() if one.secured],
        **({"publicAddress": public_address(server)} if address else {}),
    )


def _credentials(door: Door) -> pulumi.Output[dict[str, object]]:
    """With which user and password the colours' own ports are reached, by generation and colour."""
    return pulumi.Output.all(**{
        generation: pulumi.Output.all(**{
            colour: pulumi.Output.all(user=registry_colour.user, password=registry_colour.password)
            for colour, registry_colour in registry.colours.items()
            if registry_colour.asks
        })
        for generation, registry in door.registries.items()
    })  # fmt: skip


def _standby(
    datacenter: str, standby: Standby, address: StableAddress | None
) -> pulumi.Output[dict[str, object]]:
    server = standby.server
    return pulumi.Output.all(
        datacenter=datacenter,
        server=server.settings.name,
        address=server.address,
        hostKey=server.host_key,
        endpoint=standby.endpoint,
        generations=list(standby.listens),
        listens=standby.listens,
        **({"publicAddress": public_address(server)} if address else {}),
    )


def _colour(
    colour: Colour, settings: Settings, sites: Mapping[str, OpenSite], store: RegistryStore
) -> dict[str, object] | None:
    release = settings.colours.releases.get(colour)
    if release is None:
        return None
    found = {
        name: {generation: registry.colours[colour] for generation, registry in site.registries.items()}
        for name, site in sites.items()
    }
    first: dict[str, RegistryColour] = next(iter(found.values()))
    return {
        "release": release.name,
        "storage": fingerprint(store.of(release.name)),
        "fingerprint": next(iter(sites.values())).first.fingerprints[colour],
        "servers": {
            name: (opened.site.carrier_of(colour) or opened.site.doors[0]).settings.name
            for name, opened in sites.items()
        },
        "ports": {generation: one.port for generation, one in first.items()},
        "uploadKeys": {
            generation: registry.upload_key
            for generation, registry in first.items()
            if generation == "modern"
        },
        "pullPorts": {generation: registry.pull_port for generation, registry in first.items()},
        "debugPorts": {generation: one.debug_port for generation, one in first.items() if one.debug_port},
        "containers": {
            name: {generation: one.container.name for generation, one in colours.items()}
            for name, colours in found.items()
        },
        "hosts": {
            name: {"address": carrier.address, "hostKey": carrier.host_key}
            for name, opened in sites.items()
            if (carrier := opened.site.carrier_of(colour)) and opened.site.doors != [carrier]
        },
        # Without the place of an archive, which is of one operator's machine.
        "settings": {key: value for key, value in release.overrides.items() if key != "baseArchive"},
    }
