"""What is wrong with the stack's secrets: those that are missing, and a root that is too weak."""

from collections.abc import Iterable, Sequence

from settings.access.access import AccessSettings
from settings.storage import S3Settings, StorageSettings

_ROOT_CHARACTERS, _ROOT_DISTINCT = 32, 10
"""At least 128 bits, written in hexadecimal digits; fewer different ones are hardly random (choices)."""


def missing_secrets(
    storages: Sequence[StorageSettings], access: AccessSettings, provided: Iterable[str]
) -> list[str]:
    """Return a line for each secret that the settings need and the stack file does not have.

    Args:
        storages: Settings of the storages, the stack's own first.
        access: Whether a certificate is given.
        provided: Keys of the secrets that exist.
    """
    in_bucket = any(isinstance(storage, S3Settings) for storage in storages)
    is_required = {
        "s3AccessKey": in_bucket,
        "s3SecretKey": in_bucket,
        "registryCertificateKey": bool(access.certificate),
    }
    keys = set(provided)
    return [
        f"{name}: is missing; pulumi config set --secret softlayer-registry:{name}"
        for name, required in is_required.items()
        if required and name not in keys
    ]


def root_mistake(root: str) -> str | None:
    """Say what is wrong with a root secret, without it; None for a good one.

    An offline search for a weak one needs no more than a certificate that the registry shows to everybody.
    """
    if len(root) >= _ROOT_CHARACTERS and len(set(root)) >= _ROOT_DISTINCT:
        return None
    return (
        f"must have at least {_ROOT_CHARACTERS} random characters (it is not shown here); take the output of"
        " `openssl rand -hex 32`, or leave it out and one is made"
    )
