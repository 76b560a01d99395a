"""The stack's secrets: never plain, so they are Outputs from the moment on they are read."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from settings.reader import SettingsError
from settings.registry import AccessSettings
from settings.storage import S3Settings, StorageSettings, SwiftSettings


@dataclass(frozen=True)
class Secrets:
    """What `pulumi config set --secret` gave; None where it gave nothing.

    Attributes:
        root: every secret that registries on one store share is derived from it; with Swift it is the
            container's TempURL key.
        password: of the registry's first user.
        users: further users by name, with their passwords.
        s3_access_key: HMAC access key id.
        s3_secret_key: HMAC secret access key.
        certificate_key: PEM of the private key of the certificate given.
    """

    root: pulumi.Output[str] | None
    password: pulumi.Output[str] | None
    users: pulumi.Output[dict[str, str]] | None
    s3_access_key: pulumi.Output[str] | None
    s3_secret_key: pulumi.Output[str] | None
    certificate_key: pulumi.Output[str] | None


def read_secrets(
    config: pulumi.Config, storages: Sequence[StorageSettings], access: AccessSettings
) -> Secrets:
    """Read them; those that the settings need must be there.

    Args:
        config: the stack's.
        storages: the stack's own first.
        access: whether a certificate is given.

    Raises:
        SettingsError: one is missing; names each with its remedy.
    """
    secrets = Secrets(
        root=config.get_secret("registrySecret"),
        password=config.get_secret("registryPassword") if config.get("registryPassword") else None,
        users=config.get_secret_object("registryUsers"),
        s3_access_key=config.get_secret("s3AccessKey"),
        s3_secret_key=config.get_secret("s3SecretKey"),
        certificate_key=config.get_secret("registryCertificateKey"),
    )
    in_bucket = any(isinstance(storage, S3Settings) for storage in storages)
    needed = {
        "registrySecret": secrets.root is None and not isinstance(storages[0], SwiftSettings),
        "s3AccessKey": secrets.s3_access_key is None and in_bucket,
        "s3SecretKey": secrets.s3_secret_key is None and in_bucket,
        "registryCertificateKey": secrets.certificate_key is None and bool(access.certificate),
    }
    missing = [name for name, lacks in needed.items() if lacks]
    if missing:
        lines = "".join(
            f"\n  {name}: is missing; pulumi config set --secret softlayer-registry:{name}"
            for name in missing
        )
        raise SettingsError(f"the stack lacks {len(missing)} secret(s):{lines}")
    return secrets
