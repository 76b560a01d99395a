"""The stack's secrets: never plain, so they are Outputs from the moment on they are read."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from settings.registry import AccessSettings
from settings.storage import S3Settings, StorageSettings, SwiftSettings
from settings.users import read_users, user_problems


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
    config: pulumi.Config,
    storages: Sequence[StorageSettings],
    access: AccessSettings,
    problems: list[str],
) -> Secrets:
    """Read them; those that the settings need must be there.

    Args:
        config: the stack's.
        storages: the stack's own first.
        access: whether a certificate is given.
        problems: a line is added for each that is missing or cannot be used, without any secret.
    """
    password = config.get("registryPassword")
    if password:
        mistakes = user_problems({access.user: password})
        problems += [f"registryPassword: {mistake}" for mistake in mistakes]
    users = _read_users(config, problems)
    secrets = Secrets(
        root=config.get_secret("registrySecret"),
        password=pulumi.Output.secret(password) if password else None,
        users=pulumi.Output.secret(users) if users else None,
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
    problems += [
        f"{name}: is missing; pulumi config set --secret softlayer-registry:{name}"
        for name, lacks in needed.items()
        if lacks
    ]
    return secrets


def _read_users(config: pulumi.Config, problems: list[str]) -> dict[str, str]:
    try:
        value = config.get_object("registryUsers")
    except pulumi.ConfigTypeError:
        # Not chained: its message has the value, and with it passwords.
        value = ""
    return read_users(value, problems)
