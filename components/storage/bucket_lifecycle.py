"""A rule of an S3 bucket that aborts uploads which clients left: the registry itself aborts none."""

import pulumi

from components.remote.script import remote_script
from components.server.server import Server
from components.storage.store import RegistryStore

ABORT_DAYS = 7
"""Choice: the age at which distribution purges uploads as well (`uploadpurging`, 168 h)."""


def bucket_lifecycles(server: Server, store: RegistryStore, parent: pulumi.Resource) -> None:
    """Declare the rule of each bucket that a release uses; a storage that takes none is warned about.

    It stays when the stack goes, as the bucket does.

    Args:
        server: Server that asks the storage, which only servers may reach.
        store: Store of the environment.
        parent: Parent of the resources.
    """
    for bucket in store.buckets:
        remote_script(
            f"{server.name}-lifecycle-{bucket.bucket}",
            "bucket-lifecycle.sh",
            bucket.endpoint,
            bucket.region,
            bucket.bucket,
            str(ABORT_DAYS),
            host=server.host,
            secret_input=pulumi.Output.format("{0}\n{1}\n", bucket.access_key, bucket.secret_key),
            opts=server.on_server(parent, server.engine),
        )
