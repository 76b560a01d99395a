"""Lookup of one object in a registry's storage, whatever its kind."""

import pulumi

import pulumi_softlayer as softlayer
from components.remote.script import remote_script
from components.server.server import Server
from components.storage.cos_bucket import CosBucket
from components.storage.object_store import ObjectStore
from components.storage.store import RegistryStore
from settings import FilesystemSettings

SWIFT_PREFIX = "files/"
"""Distribution's Swift driver separates files from their segments by this prefix."""


def object_prefix(store: RegistryStore) -> str:
    """What the names of a modern registry's objects begin with."""
    return SWIFT_PREFIX if isinstance(store.kind, ObjectStore) else ""


def find_object(
    name: str,
    object_name: pulumi.Output[str],
    store: RegistryStore,
    generation: str,
    server: Server,
    opts: pulumi.ResourceOptions,
) -> pulumi.Output[list[str]]:
    """Return a list with the object's name if the object exists, and an empty list otherwise.

    Args:
        name: Name of the resource, where one is needed.
        object_name: Name of the object.
        store: Storage in which to look.
        generation: Generation whose container of the object storage is searched.
        server: Server that searches a storage which this program cannot reach.
        opts: Options with the parent and the dependencies.
    """
    match store.kind:
        case ObjectStore():
            return _find_in_swift(object_name, store.kind, generation, opts.parent)
        case CosBucket():
            bucket = store.kind
            lookup = remote_script(
                name,
                "see-s3-object.sh",
                bucket.endpoint,
                bucket.region,
                bucket.bucket,
                object_name,
                host=server.host,
                secret_input=pulumi.Output.format("{0}\n{1}\n", bucket.access_key, bucket.secret_key),
                opts=opts,
            )
        case FilesystemSettings():
            lookup = remote_script(
                name, "see-file.sh", store.kind.folder, object_name, host=server.host, opts=opts
            )
    return lookup.stdout.apply(str.split)


def _find_in_swift(
    object_name: pulumi.Output[str], store: ObjectStore, generation: str, parent: pulumi.Resource | None
) -> pulumi.Output[list[str]]:
    if pulumi.runtime.is_dry_run():
        # A preview needs no network; the result of the last update still holds.
        return object_name.apply(lambda name: [name])
    container = store.legacy_container if generation == "legacy" else store.container
    listing = softlayer.get_objects_output(
        auth_url=store.account.auth_url,
        username=store.username,
        key=store.key,
        container=container.name,
        prefix=object_name,
        opts=pulumi.InvokeOutputOptions(parent=parent),
    )
    return listing.names.apply(list)
