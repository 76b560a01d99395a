"""What a server can be installed from."""

from collections.abc import Sequence

import pulumi

TOKEN = "softlayer:index:getImages"  # noqa: S105 - a function's token in the schema


@pulumi.output_type
class GetImagesOperatingSystem:
    """An operating system on offer.

    Attributes:
        code: Reference code, for `VirtualGuest.os_code`.
        description: Description, for people.
    """

    code: str = pulumi.property("code")
    description: str = pulumi.property("description")


@pulumi.output_type
class GetImagesPrivateImage:
    """An image of the account.

    Attributes:
        id: Number in the account.
        global_identifier: GUID of the image.
        name: Name as it was captured.
        note: Free text, "" for none.
        created: Date and time, RFC 3339.
        datacenters: Short names of the datacenters that have it.
    """

    id: int = pulumi.property("id")
    global_identifier: str = pulumi.property("globalIdentifier")
    name: str = pulumi.property("name")
    note: str = pulumi.property("note")
    created: str = pulumi.property("created")
    datacenters: Sequence[str] = pulumi.property("datacenters")


@pulumi.output_type
class GetImagesResult:
    """Operating systems and private images.

    Attributes:
        os_codes: Reference codes on offer, sorted.
        operating_systems: The operating systems, with everything that is known of them.
        private_images: Private images of the account, by name.
    """

    os_codes: Sequence[str] = pulumi.property("osCodes")
    operating_systems: Sequence[GetImagesOperatingSystem] = pulumi.property("operatingSystems")
    private_images: Sequence[GetImagesPrivateImage] = pulumi.property("privateImages")


def get_images(
    *,
    opts: pulumi.InvokeOptions | None = None,
) -> GetImagesResult:
    """List operating systems and private images with plain arguments; see `get_images_output`."""
    arguments: dict[str, object] = {}
    result: GetImagesResult = pulumi.runtime.invoke(TOKEN, arguments, opts=opts, typ=GetImagesResult).value
    return result


def get_images_output(
    *,
    opts: pulumi.InvokeOutputOptions | None = None,
) -> pulumi.Output[GetImagesResult]:
    """List operating systems and private images once all arguments are known.

    Args:
        opts: Pulumi's options, such as depends_on.

    Returns:
        What is on offer; an error in the program when the cloud does not answer.
    """
    arguments: dict[str, object] = {}
    return pulumi.runtime.invoke_output(TOKEN, arguments, opts=opts, typ=GetImagesResult)
