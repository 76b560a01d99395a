"""How a stack's registries are reached, from its outputs; pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from operate.error import NotStartedError, OperateError
from operate.stack.config.stack_file import stack_file_of
from operate.stack.lost_state import advise_on_missing_outputs

MODERN, LEGACY = "modern", "legacy"


@dataclass(frozen=True)
class RegistryEndpoint:
    """A registry of one generation.

    Attributes:
        generation: Generation, `modern` (v2) or `legacy` (v1).
        endpoint: Endpoint, `https://HOST:PORT` of a front door.
        user: Name of the user.
        password: Password of the user. Secret.
        authority: PEM of its certificate authority; "" where every client knows it.
        storage_origins: Origins to which the registry may redirect reads of blobs.
    """

    generation: str
    endpoint: str
    user: str
    password: str = field(repr=False)
    authority: str = ""
    storage_origins: tuple[str, ...] = ()


def parse_endpoints(environment: str, outputs: Mapping[str, object]) -> dict[str, RegistryEndpoint]:
    """Return the registry of each generation, all of whose front doors have the same images.

    Args:
        environment: Name of the stack, for the message.
        outputs: Outputs of the stack, readable: {"endpoints": {DATACENTER: {GENERATION: "https://HOST:PORT"}},
            "user", "password", "certificateAuthority", "operate": see `operate.stack.facts`}.

    Raises:
        OperateError: The stack has no registry.
    """
    user, password = (str(outputs.get(name) or "") for name in ("user", "password"))
    endpoints: dict[str, str] = {}
    for sites in _mapping(outputs.get("endpoints")).values():
        for generation, endpoint in _mapping(sites).items():
            endpoints.setdefault(generation, str(endpoint))
    if not (user and password and endpoints):
        raise OperateError(
            f"environment {environment}: its outputs have no endpoint, user or password;"
            f" {advise_on_missing_outputs(environment, stack_file_of(environment))}"
        )
    authority = str(outputs.get("certificateAuthority") or "")
    origins = _storage_origins(_mapping(outputs.get("operate")))
    return {
        generation: RegistryEndpoint(generation, endpoint, user, password, authority, origins)
        for generation, endpoint in endpoints.items()
    }


def select_endpoint(endpoints: Mapping[str, RegistryEndpoint], generation: str) -> RegistryEndpoint:
    """Return the registry of a generation; of the newest one where none is named.

    Raises:
        NotStartedError: The generation does not run.
    """
    name = generation or (MODERN if MODERN in endpoints else LEGACY)
    if name not in endpoints:
        raise NotStartedError(
            f"generation {name} does not run in this environment; it has {', '.join(sorted(endpoints))}"
            " (option --generation)"
        )
    return endpoints[name]


def _storage_origins(output: Mapping[str, object]) -> tuple[str, ...]:
    """Return where clients are redirected.

    A storage proxy listens on its server's loopback; the front door leads clients to Swift itself instead.
    """
    listed = output.get("storageOrigins")
    texts = [str(origin) for origin in listed] if isinstance(listed, list) else []
    origins = [origin for origin in texts if not origin.startswith("http://127.0.0.1:")]
    swift = urlsplit(str(_mapping(output.get("swift")).get("authUrl") or ""))
    if swift.netloc:
        origins.append(f"{swift.scheme}://{swift.netloc}")
    return tuple(origins)


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}
