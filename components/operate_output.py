"""The output `operate`: everything that swaps, rollbacks and migrations need of an environment."""

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

import pulumi

from components.registry.container.recipe import secret_digest
from components.server.global_ip import StableAddress, public_address
from components.site_registries import Door, SiteRegistries
from components.standby.standby import Standby
from components.storage.cos_bucket import CosBucket
from components.storage.object_store import ObjectStore
from components.storage.store import RegistryStore
from settings import COLOURS, Colour, FilesystemSettings, Settings
from settings.ports import STORAGE_PORT

if TYPE_CHECKING:
    from components.registry.colour import RegistryColour


def _record_key_purpose() -> str:
    """Return the purpose of the key that signs lock, records and history: those of this stack alone."""
    return f"records of operate in {pulumi.get_stack()}"


def operate_output(
    settings: Settings,
    sites: Mapping[str, SiteRegistries],
    store: RegistryStore,
    password: pulumi.Output[str],
    address: StableAddress | None,
    store_door: pulumi.Output[str | None],
) -> pulumi.Output[dict[str, object]]:
    """Return the output, secret as a whole; docs/reference/outputs.md describes its parts.

    Args:
        settings: Settings of the environment.
        sites: Sites by datacenter, of those with a front door.
        store: Store that all sites share.
        password: Password of the first user. Secret.
        address: Address in front of all front doors; None where each has its own.
        store_door: Front door whose server keeps lock and history where there is no Swift.
    """
    registry = sites[settings.home].registry
    parts: dict[str, pulumi.Input[object]] = {
        "certificateEnds": pulumi.Output.all(**_certificate_ends(sites)),
        "cancellations": pulumi.Output.all(**_cancellations(sites, address)).apply(_scheduled),
        "serverIds": pulumi.Output.all(
            **{server.name: server.ordered.id for opened in sites.values() for server in opened.site.servers}
        ),
        "unguardedDoors": list(settings.unguarded_doors),
        "openSsh": list(settings.open_ssh),
        "idleServers": list(settings.idle_servers),
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
        "recordKey": store.root.derive(_record_key_purpose()),
        "previousRecordKey": store.root.derive_previous(_record_key_purpose()) or "",
        "doors": pulumi.Output.all(
            *(
                _door(name, door, address)
                for name, site_registries in sites.items()
                for door in site_registries.doors
            )
        ),
        "standbys": pulumi.Output.all(
            *(
                _standby(name, standby, address)
                for name, site_registries in sites.items()
                for standby in site_registries.standbys
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
            keyDigest=swift.key.apply(secret_digest),
        )
        parts["legacy"] = pulumi.Output.all(container=swift.legacy_container.name, storagePath="/registry")
    return pulumi.Output.secret(pulumi.Output.all(**parts))


def _certificate_ends(sites: Mapping[str, SiteRegistries]) -> dict[str, pulumi.Output[str]]:
    """When the certificates expire, ISO 8601, by door and generation; "" where a registry has none."""
    return {
        f"{door.server.name} {generation}": registry.certificate_end
        for site_registries in sites.values()
        for door in site_registries.doors
        for generation, registry in door.registries.items()
    }


def _cancellations(
    sites: Mapping[str, SiteRegistries], address: StableAddress | None
) -> dict[str, pulumi.Output[str | None]]:
    dates: dict[str, pulumi.Output[str | None]] = {
        server.name: server.ordered.cancellation_date
        for site_registries in sites.values()
        for server in site_registries.site.servers
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
            location = pulumi.Output.all(
                "swift", swift.account.auth_url, swift.account.username, swift.container.name
            )
        case CosBucket() as bucket:
            location = pulumi.Output.all("s3", bucket.endpoint, bucket.bucket)
        case FilesystemSettings() as folder:
            location = pulumi.Output.all("filesystem", folder.folder)
    return location.apply(lambda parts: hashlib.sha256(json.dumps(parts).encode()).hexdigest())


def storage_origins(store: RegistryStore) -> list[str]:
    """Return the origins to which registries redirect for blobs: the storage door's, that of a bucket."""
    origins = []
    for kind in (store.kind, *store.overrides.values()):
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
        generations=[generation for generation, registry in door.registries.items() if registry.secured],
        **({"publicAddress": public_address(server)} if address else {}),
    )


def _credentials(door: Door) -> pulumi.Output[dict[str, object]]:
    """Return users and passwords of the colours' own ports, by generation and colour.

    A generation whose ports ask nobody is left out: `Output.all` of nothing is a list.
    """
    return pulumi.Output.from_input({
        generation: {
            colour: {"user": registry_colour.user, "password": registry_colour.password}
            for colour, registry_colour in registry.colours.items()
        }
        for generation, registry in door.registries.items()
        if all(registry_colour.requires_auth for registry_colour in registry.colours.values())
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
    colour: Colour, settings: Settings, sites: Mapping[str, SiteRegistries], store: RegistryStore
) -> dict[str, object] | None:
    release = settings.colours.releases.get(colour)
    if release is None:
        return None
    site_colours = {
        name: {generation: registry.colours[colour] for generation, registry in site.registries.items()}
        for name, site in sites.items()
    }
    first: dict[str, RegistryColour] = next(iter(site_colours.values()))
    return {
        "release": release.name,
        "storage": fingerprint(store.of(release.name)),
        "fingerprint": next(iter(sites.values())).first.fingerprints[colour],
        "servers": {
            name: (
                site_registries.site.dedicated_server(colour) or site_registries.site.doors[0]
            ).settings.name
            for name, site_registries in sites.items()
        },
        "ports": {generation: registry_colour.port for generation, registry_colour in first.items()},
        "uploadKeys": {
            generation: registry.upload_key
            for generation, registry in first.items()
            if generation == "modern"
        },
        "storageKeys": {
            generation: registry_colour.storage_key for generation, registry_colour in first.items()
        },
        "pullPorts": {generation: registry.pull_port for generation, registry in first.items()},
        "debugPorts": {
            generation: registry_colour.debug_port
            for generation, registry_colour in first.items()
            if registry_colour.debug_port
        },
        "containers": {
            name: {
                generation: registry_colour.container.name for generation, registry_colour in colours.items()
            }
            for name, colours in site_colours.items()
        },
        "hosts": {
            name: {"address": carrier.address, "hostKey": carrier.host_key}
            for name, site_registries in sites.items()
            if (carrier := site_registries.site.dedicated_server(colour))
            and site_registries.site.doors != [carrier]
        },
        # Without the path of an archive, which belongs to one operator's machine.
        "settings": {key: value for key, value in release.overrides.items() if key != "baseArchive"},
    }
