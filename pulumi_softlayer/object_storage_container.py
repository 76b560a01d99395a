"""A container in an object storage account."""

import pulumi

from pulumi_softlayer.arguments import arguments, to_register


@arguments
class ObjectStorageContainerArgs:
    """What an `ObjectStorageContainer` is made from; explained at `ObjectStorageContainer`."""

    auth_url: pulumi.Input[str] = pulumi.property(name="authUrl")
    username: pulumi.Input[str] = pulumi.property(name="username")
    key: pulumi.Input[str] = pulumi.property(name="key")
    name: pulumi.Input[str] = pulumi.property(name="name")
    temp_url_key: pulumi.Input[str] | None = pulumi.property(name="tempUrlKey", default=None)
    second_temp_url_key: pulumi.Input[str] | None = pulumi.property(name="secondTempUrlKey", default=None)
    force_destroy: pulumi.Input[bool] | None = pulumi.property(name="forceDestroy", default=None)


class ObjectStorageContainer(pulumi.CustomResource):
    """A Swift container with its TempURL key. Its Pulumi id is `<storage url>/<name>`."""

    auth_url: pulumi.Output[str] = pulumi.property(name="authUrl")
    username: pulumi.Output[str] = pulumi.property(name="username")
    key: pulumi.Output[str] = pulumi.property(name="key")
    name: pulumi.Output[str] = pulumi.property(name="name")
    temp_url_key: pulumi.Output[str] = pulumi.property(name="tempUrlKey")
    second_temp_url_key: pulumi.Output[str | None] = pulumi.property(name="secondTempUrlKey")
    force_destroy: pulumi.Output[bool] = pulumi.property(name="forceDestroy")
    account_id: pulumi.Output[int] = pulumi.property(name="accountId")

    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        auth_url: pulumi.Input[str],
        username: pulumi.Input[str],
        key: pulumi.Input[str],
        name: pulumi.Input[str],
        temp_url_key: pulumi.Input[str] | None = None,
        second_temp_url_key: pulumi.Input[str] | None = None,
        force_destroy: pulumi.Input[bool] | None = None,
    ) -> None:
        """Register the container.

        Args:
            resource_name: Name in the program.
            opts: Pulumi's options.
            auth_url: URL of v1 authentication, `https://dal05.objectstorage.softlayer.net/auth/v1.0`.
            username: User name, `SLOS12345-1:SL12345`. A change replaces the container, since it is in
                another account then.
            key: The account's key; kept secret.
            name: Container name, 1 to 256 characters without `/`. A change replaces the container.
            temp_url_key: Key that signs TempURLs; kept secret, made up (256 bits) when absent. Changed in
                place.
            second_temp_url_key: Second key that is accepted as well, while keys are rotated; kept secret.
                Changed in place.
            force_destroy: Delete the objects along with the container; false by default: a container that
                still holds objects then refuses to go.
        """
        super().__init__(
            "softlayer:index:ObjectStorageContainer",
            resource_name,
            to_register(
                ObjectStorageContainerArgs(
                    auth_url=auth_url,
                    username=username,
                    key=pulumi.Output.secret(key),
                    name=name,
                    temp_url_key=None if temp_url_key is None else pulumi.Output.secret(temp_url_key),
                    second_temp_url_key=(
                        None if second_temp_url_key is None else pulumi.Output.secret(second_temp_url_key)
                    ),
                    force_destroy=force_destroy,
                ),
                "account_id",
            ),
            pulumi.ResourceOptions.merge(
                pulumi.ResourceOptions(
                    additional_secret_outputs=["key", "temp_url_key", "second_temp_url_key"]
                ),
                opts,
            ),
        )
