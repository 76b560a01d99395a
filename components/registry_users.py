"""Who may use the registries: the first user and those of the setting `registryUsers`."""

import pulumi


def all_users(
    first: str, password: pulumi.Output[str], others: pulumi.Output[dict[str, str]] | None
) -> pulumi.Output[dict[str, str]]:
    """Every user with password; secret.

    Args:
        first: the first user's name.
        password: the first user's.
        others: further users; one of the first user's name changes nothing of the first.
    """
    found = pulumi.Output.all(others if others is not None else {}, password)
    return pulumi.Output.secret(found.apply(lambda one: {**dict(one[0]), first: str(one[1])}))
