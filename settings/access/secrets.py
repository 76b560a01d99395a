"""The stack's secrets: never plain, so they are Outputs from the moment on they are read."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from settings.access.access import AccessSettings
from settings.access.roles import role_problems
from settings.access.secret_problems import missing_secrets, root_mistake
from settings.access.users import read_users, user_problems
from settings.storage import StorageSettings


@dataclass(frozen=True)
class Secrets:
    """What `pulumi config set --secret` gave; None where it gave nothing.

    Attributes:
        root: Secret from which every secret is derived that registries on one store share; None has one made
            that is in the state alone.
        password: Password of the registry's first user.
        users: Further users by name, with their passwords.
        s3_access_key: HMAC access key id.
        s3_secret_key: HMAC secret access key.
        certificate_key: PEM of the private key of the certificate given.
        previous_root: The root before it, while both are accepted.
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
        config: Configuration of the stack.
        storages: Settings of the storages, the stack's own first.
        access: Whether a certificate is given.
        problems: List to which a line is added for each secret that is missing or cannot be used, without any
            secret.
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


def _read_users(config: pulumi.Config, problems: list[str]) -> dict[str, str]:
    try:
        value = config.get_object("registryUsers")
    except pulumi.ConfigTypeError:
        # Not chained: its message has the value, and with it passwords.
        value = ""
    return read_users(value, problems)
