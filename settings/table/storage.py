"""Settings of where the images are kept."""

from settings.table.setting import Setting, secret

STORAGE = (
    Setting(
        "registryStorage",
        "string",
        "Where the modern registry keeps its images: swift, s3 or filesystem; legacy is always in Swift.",
        default="swift",
        see="design/storage.md",
        release_key="storage",
        release_of="storage",
    ),
    Setting(
        "objectDatacenter",
        "string",
        "Swift: datacenter of the object storage account. It must be set where the servers are in several.",
        default="",
        fallback="that of the servers",
    ),
    Setting(
        "objectContainer",
        "string",
        "Swift: object storage container that holds the registry.",
        default="docker",
        release_key="objectContainer",
        release_of="swift",
    ),
    Setting(
        "objectEndpoint",
        "string",
        "Swift: network by which servers reach the object storage, private (traffic is free) or public."
        " Operators and redirected clients use the public one.",
        default="private",
        see="design/storage.md",
    ),
    Setting(
        "objectUser",
        "string",
        "Swift: user of the account (ACCOUNT:USER) as whom registries log in. `operate rotate swift-user`"
        " writes it.",
        default="",
        fallback="the account's first",
    ),
    Setting(
        "objectForceDestroy",
        "boolean",
        "Swift: whether `pulumi destroy` may delete a container that still holds images.",
        default=False,
    ),
    Setting(
        "s3Endpoint",
        "string",
        "S3: endpoint of the bucket, such as https://s3.us-south.cloud-object-storage.appdomain.cloud; http"
        " for private addresses only.",
        default="",
        release_key="s3Endpoint",
        release_of="s3",
    ),
    Setting(
        "s3Region",
        "string",
        "S3: location code of the bucket, such as us-south.",
        default="",
        release_key="s3Region",
        release_of="s3",
    ),
    Setting(
        "s3Bucket",
        "string",
        "S3: name of the bucket, which must exist.",
        default="",
        release_key="s3Bucket",
        release_of="s3",
    ),
    Setting(
        "s3ForcePathStyle",
        "boolean",
        "S3: whether the bucket is named in the path rather than in the host.",
        default=True,
        release_key="s3ForcePathStyle",
        release_of="s3",
    ),
    secret("s3AccessKey", "S3: id of the HMAC credentials."),
    secret("s3SecretKey", "S3: secret of the HMAC credentials."),
    Setting(
        "registryFolder",
        "string",
        "filesystem: folder on the server that holds the registry. It is lost with the server: for trials"
        " only.",
        default="/var/lib/registry",
    ),
    secret(
        "registrySecret",
        "Secret of at least 32 random characters from which all others are derived.",
        fallback="256 random bits in the stack's state",
        see="reference/settings.md#the-root-of-the-secrets",
    ),
    secret(
        "previousRegistrySecret",
        "The registrySecret before it, while it is rotated.",
        see="reference/rotation.md",
    ),
)
"""In the order of the page."""
