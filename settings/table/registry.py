"""Settings of the registries, modern and legacy."""

from settings.table.setting import Setting

REGISTRY = (
    Setting(
        "registryGeneration",
        "string",
        "modern (distribution), legacy (the registry 0.7.3 of 2014), or both side by side.",
        default="modern",
        see="reference/legacy.md",
    ),
    Setting(
        "registryVersion",
        "string",
        "Version of distribution. Swift needs version 2.",
        default="",
        fallback="2.8.3, the last with Swift, or 3.1.1 for S3",
    ),
    Setting(
        "registryBaseImage",
        "string",
        "Image that the registry image is built from.",
        default="",
        fallback="registry:VERSION by its digest",
    ),
    Setting(
        "registryBaseArchive",
        "string",
        "A `docker save` archive of the base image, for servers that cannot reach Docker Hub.",
        default="",
    ),
    Setting(
        "registryRedirect",
        "boolean",
        "Whether clients fetch layers from the object storage itself, by temporary or presigned URLs.",
        default=False,
    ),
    Setting(
        "registryUploads",
        "integer",
        "Uploads of layers that the modern registry takes at once; others wait at the front door.",
        default=0,
        fallback="12, or what registryMemory allows",
        see="design/crowd.md",
    ),
    Setting(
        "registryPulls",
        "integer",
        "Pulls of layers that the modern registry serves at once; others wait at the front door.",
        default=0,
        fallback="48, or what registryMemory allows",
        see="design/crowd.md",
    ),
    Setting(
        "registryMemory",
        "integer",
        "Memory limit of the modern registry's container in MB; where it alone is set, uploads and pulls at"
        " once follow from it.",
        default=0,
        fallback="what the uploads and pulls at once need, 1024 by default",
    ),
    Setting(
        "registryForeignLayers",
        "array",
        "What the addresses of layers that lie outside of the registry may begin with, such as"
        " https://layers.example.com/, or https:// for all. A manifest with another one is refused, by"
        " distribution with 500.",
        default=[],
    ),
    Setting(
        "registryCatalogLimit",
        "integer",
        "Most entries that one request for /v2/_catalog may ask for by `n`; more are refused with 400.",
        default=1000,
    ),
    Setting(
        "legacyPort",
        "integer",
        "TCP port of the legacy registry beside the modern one; alone it has registryPort. It must be set"
        " where the generations change and the port would be another.",
        default=0,
        fallback="5080",
    ),
    Setting(
        "legacyContainer",
        "string",
        "Object storage container of the legacy registry, which stays as long as it is named here.",
        default="",
        fallback="objectContainer",
    ),
    Setting("legacyWorkers", "integer", "Processes of the legacy registry.", default=8),
    Setting(
        "legacyLayers",
        "integer",
        "Layers that the legacy registry takes or sends at once; others wait at its front door.",
        default=0,
        fallback="4, or what legacyMemory allows",
        see="design/crowd.md",
    ),
    Setting(
        "legacyMemory",
        "integer",
        "Memory limit of the legacy registry's container in MB; it holds layers whole.",
        default=0,
        fallback="what its processes and layers at once need, 1024 by default",
    ),
    Setting("legacyBaseArchive", "string", "A `docker save` archive of registry:0.7.3.", default=""),
    Setting(
        "healthSeconds",
        "integer",
        "Seconds for which `pulumi up` waits until a new container, of either generation, is healthy.",
        default=90,
    ),
)
"""In the order of the page."""
