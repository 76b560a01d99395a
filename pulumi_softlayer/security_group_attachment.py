"""A server's interface in a security group."""

import pulumi

from pulumi_softlayer.arguments import arguments, to_register


@arguments
class SecurityGroupAttachmentArgs:
    """What a `SecurityGroupAttachment` is made from; the fields are explained there."""

    security_group_id: pulumi.Input[int] = pulumi.property(name="securityGroupId")
    guest_id: pulumi.Input[int] = pulumi.property(name="guestId")
    interface: pulumi.Input[str] = pulumi.property(name="interface")


class SecurityGroupAttachment(pulumi.CustomResource):
    """A server's interface in a security group. Its Pulumi id is `GROUP/SERVER/public` or `.../private`.

    It is attached once the server is provisioned, and there once the hosts filter.
    """

    security_group_id: pulumi.Output[int] = pulumi.property(name="securityGroupId")
    guest_id: pulumi.Output[int] = pulumi.property(name="guestId")
    interface: pulumi.Output[str] = pulumi.property(name="interface")
    network_component_id: pulumi.Output[int] = pulumi.property(name="networkComponentId")
    account_id: pulumi.Output[int] = pulumi.property(name="accountId")

    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        security_group_id: pulumi.Input[int],
        guest_id: pulumi.Input[int],
        interface: pulumi.Input[str],
    ) -> None:
        """Register the attachment. Every change is another attachment.

        Args:
            resource_name: Name in the program.
            opts: Pulumi's options.
            security_group_id: Id of the group, `SecurityGroup.security_group_id`.
            guest_id: Id of the guest, `VirtualGuest.guest_id`.
            interface: Interface, `public` or `private`.

        Outputs: `network_component_id`, the interface's number in the account.
        """
        args = SecurityGroupAttachmentArgs(
            security_group_id=security_group_id, guest_id=guest_id, interface=interface
        )
        super().__init__(
            "softlayer:index:SecurityGroupAttachment",
            resource_name,
            to_register(args, "network_component_id", "account_id"),
            opts,
        )
