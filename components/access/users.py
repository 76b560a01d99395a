"""Who may use the registries: the first user and those of the setting `registryUsers`."""

import pulumi


def all_users(
    first: str, password: pulumi.Output[str], further_users: pulumi.Output[dict[str, str]] | None
) -> pulumi.Output[dict[str, str]]:
    """Return the passwords of all users by name; secret.

    Args:
        first: Name of the first user.
        password: Password of the first user. Secret.
        further_users: Passwords of further users by name. An entry for the first user is ignored.
    """
    values = pulumi.Output.all(further_users if further_users is not None else {}, password)
    return pulumi.Output.secret(values.apply(lambda resolved: {**dict(resolved[0]), first: str(resolved[1])}))
