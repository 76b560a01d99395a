"""The stack's secrets: never plain, so they are Outputs from the moment on they are read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pulumi

from settings.access.roles import role_problems
from settings.access.users import read_users, user_problems
from settings.registry.registry import AccessSettings
from settings.storage import S3Settings, StorageSettings

_ROOT_CHARACTERS, _ROOT_DISTINCT = 32, 10
"""At least 128 bits, written in hexadecimal digits; fewer different ones are hardly random (choices)."""


@dataclass(frozen=True)
class Secrets:
    """What `pulumi config set --secret` gave; None where it gave nothing.

    Attributes:
        root: every secret that registries on one store share is derived from it; None has one made that is
            in the state alone.
        password: of the registry's first user.
        users: further users by name, with their passwords.
        s3_access_key: HMAC access key id.
        s3_secret_key: HMAC secret access key.
        certificate_key: PEM of the private key of the certificate given.
        previous_root: the root before it, while both are accepted.
    """

    root: pulumi.Output[str] | None
    password: pulumi.Output[str] | None
    users: pulumi.Output[dict[str, str]] | None
    s3_access_key: pulumi.Output[str] | None
    s3_secret_key: pulumi.Output[str] | None
    certificate_key: pulumi.Output[str] | None
    previous_root: pulumi.Output[str] | None = None


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
    root, previous = config.get("registrySecret"), config.get("previousRegistrySecret")
    for key, value in (("registrySecret", root), ("previousRegistrySecret", previous)):
        if value is not None and (mistake := root_mistake(value)):
            problems.append(f"{key}: {mistake}")
    users = _read_users(config, problems)
    problems += role_problems(access.roles, access.user, users)
    secrets = Secrets(
        root=pulumi.Output.secret(root) if root is not None else None,
        password=pulumi.Output.secret(password) if password else None,
        users=pulumi.Output.secret(users) if users else None,
        s3_access_key=config.get_secret("s3AccessKey"),
        s3_secret_key=config.get_secret("s3SecretKey"),
        certificate_key=config.get_secret("registryCertificateKey"),
        previous_root=pulumi.Output.secret(previous) if previous is not None else None,
    )
    provided = {
        "s3AccessKey": secrets.s3_access_key,
        "s3SecretKey": secrets.s3_secret_key,
        "registryCertificateKey": secrets.certificate_key,
    }
    problems += missing_secrets(
        storages, access, (name for name, secret in provided.items() if secret is not None)
    )
    return secrets


def missing_secrets(
    storages: Sequence[StorageSettings], access: AccessSettings, provided: Iterable[str]
) -> list[str]:
    """Return a line for each secret that the settings need and the stack file does not have.

    Args:
        storages: the stack's own first.
        access: whether a certificate is given.
        provided: keys of the secrets that are there.
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


def _read_users(config: pulumi.Config, problems: list[str]) -> dict[str, str]:
    try:
        value = config.get_object("registryUsers")
    except pulumi.ConfigTypeError:
        # Not chained: its message has the value, and with it passwords.
        value = ""
    return read_users(value, problems)
