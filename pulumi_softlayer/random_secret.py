"""Random bytes that are nowhere but in the stack's state."""

import pulumi

from pulumi_softlayer.arguments import arguments, to_register


@arguments
class RandomSecretArgs:
    """What a `RandomSecret` is made from: nothing."""


class RandomSecret(pulumi.CustomResource):
    """32 random bytes, the same as long as the resource is in the state. Its Pulumi id reveals nothing."""

    hex: pulumi.Output[str] = pulumi.property(name="hex")
    account_id: pulumi.Output[int] = pulumi.property(name="accountId")

    def __init__(self, resource_name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        """Draw the secret.

        Args:
            resource_name: Name in the program.
            opts: Pulumi's options; a replacement draws another secret.

        Outputs: `hex` (64 hexadecimal digits, secret).
        """
        super().__init__(
            "softlayer:index:RandomSecret",
            resource_name,
            to_register(RandomSecretArgs(), "hex", "account_id"),
            opts,
        )
