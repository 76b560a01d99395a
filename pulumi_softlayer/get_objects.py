"""The objects that a container has now."""

from collections.abc import Sequence

import pulumi

TOKEN = "softlayer:index:getObjects"  # noqa: S105 - a function's token in the schema


@pulumi.output_type
class GetObjectsResult:
    """The objects found.

    Attributes:
        names: Object names in the container's order.
        bytes: The sum of their sizes.
    """

    names: Sequence[str] = pulumi.property("names")
    bytes: int = pulumi.property("bytes")


def get_objects(
    *,
    auth_url: str,
    username: str,
    key: str,
    container: str,
    prefix: str | None = None,
    opts: pulumi.InvokeOptions | None = None,
) -> GetObjectsResult:
    """List a container's objects with plain arguments; see `get_objects_output`."""
    arguments = {
        "authUrl": auth_url,
        "username": username,
        "key": key,
        "container": container,
        "prefix": prefix,
    }
    result: GetObjectsResult = pulumi.runtime.invoke(TOKEN, arguments, opts=opts, typ=GetObjectsResult).value
    return result


def get_objects_output(
    *,
    auth_url: pulumi.Input[str],
    username: pulumi.Input[str],
    key: pulumi.Input[str],
    container: pulumi.Input[str],
    prefix: pulumi.Input[str] | None = None,
    opts: pulumi.InvokeOutputOptions | None = None,
) -> pulumi.Output[GetObjectsResult]:
    """List a container's objects once all arguments are known.

    Args:
        auth_url: URL of v1 authentication.
        username: User name, `SLOS12345-1:SL12345`.
        key: The account's key.
        container: Container name.
        prefix: Beginning of the names to list; all when absent.
        opts: Pulumi's options, such as depends_on.

    Returns:
        The names and their total size. Unknown while an argument is; an error in the program when the
        container cannot be read.
    """
    arguments = {
        "authUrl": auth_url,
        "username": username,
        "key": key,
        "container": container,
        "prefix": prefix,
    }
    return pulumi.runtime.invoke_output(TOKEN, arguments, opts=opts, typ=GetObjectsResult)
