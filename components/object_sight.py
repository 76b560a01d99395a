"""Looks for one object in a registry's storage, whatever its kind."""

import pulumi

import pulumi_softlayer as softlayer
from components.cos_bucket import CosBucket
from components.object_store import ObjectStore
from components.registry_store import RegistryStore
from components.remote_script import remote_script
from components.server import Server
from settings import FilesystemSettings

SWIFT_PREFIX = "files/"
"""Distribution's Swift driver keeps files apart from their segments."""


def object_prefix(store: RegistryStore) -> str:
    """What the names of a modern registry's objects begin with."""
    return SWIFT_PREFIX if isinstance(store.kind, ObjectStore) else ""


def see_object(
    name: str,
    sought: pulumi.Output[str],
    store: RegistryStore,
    generation: str,
    server: Server,
    opts: pulumi.ResourceOptions,
) -> pulumi.Output[list[str]]:
    """The object's name if it is there, in a list; an empty one if not.

    Args:
        name: of the resource, where one is needed.
        sought: the object's name.
        store: the storage.
        generation: whose container of the object storage.
        server: looks where this program cannot.
        opts: with the parent, and what must be there before.
    """
    match store.kind:
        case ObjectStore():
            return _in_swift(sought, store.kind, generation, opts.parent)
        case CosBucket():
            bucket = store.kind
            seen = remote_script(
                name,
                "see-s3-object.sh",
                bucket.endpoint,
                bucket.region,
                bucket.bucket,
                sought,
                host=server.host,
                secret_input=pulumi.Output.format("{0}\n{1}\n", bucket.access_key, bucket.secret_key),
                opts=opts,
            )
        case FilesystemSettings():
            seen = remote_script(name, "see-file.sh", store.kind.folder, sought, host=server.host, opts=opts)
    return seen.stdout.apply(str.split)


def _in_swift(
    sought: pulumi.Output[str], store: ObjectStore, generation: str, parent: pulumi.Resource | None
) -> pulumi.Output[list[str]]:
    if pulumi.runtime.is_dry_run():
        # A preview needs no network; what the last update saw still stands.
        return sought.apply(lambda name: [name])
    container = store.legacy_container if generation == "legacy" else store.container
    listing = softlayer.get_objects_output(
        auth_url=store.account.auth_url,
        username=store.username,
        key=store.key,
        container=container.name,
        prefix=sought,
        opts=pulumi.InvokeOutputOptions(parent=parent),
    )
    return listing.names.apply(list)
