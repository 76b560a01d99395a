"""An SSH public key in the account, for root on the servers it is ordered with."""

import pulumi

from pulumi_softlayer.arguments import arguments, to_register


@arguments
class SshKeyArgs:
    """What an `SshKey` is made from; the fields are explained at `SshKey`."""

    label: pulumi.Input[str] = pulumi.property(name="label")
    public_key: pulumi.Input[str] = pulumi.property(name="publicKey")
    notes: pulumi.Input[str] | None = pulumi.property(name="notes", default=None)


class SshKey(pulumi.CustomResource):
    """An SSH public key (SoftLayer_Security_Ssh_Key). Its Pulumi id is the key's id in the account."""

    label: pulumi.Output[str] = pulumi.property(name="label")
    public_key: pulumi.Output[str] = pulumi.property(name="publicKey")
    notes: pulumi.Output[str | None] = pulumi.property(name="notes")
    key_id: pulumi.Output[int] = pulumi.property(name="keyId")
    fingerprint: pulumi.Output[str] = pulumi.property(name="fingerprint")

    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        label: pulumi.Input[str],
        public_key: pulumi.Input[str],
        notes: pulumi.Input[str] | None = None,
    ) -> None:
        """Register the key.

        Args:
            resource_name: name in the program.
            opts: Pulumi's options.
            label: name in the account, not empty; labels are not unique there. Changed in place.
            public_key: one OpenSSH line, `ssh-ed25519 AAAA... comment`. A change replaces the key.
            notes: free text. Changed in place.

        Outputs: `key_id` (for `VirtualGuest.ssh_key_ids`) and `fingerprint` (as the account shows it).
        """
        args = SshKeyArgs(label=label, public_key=public_key, notes=notes)
        super().__init__(
            "softlayer:index:SshKey", resource_name, to_register(args, "key_id", "fingerprint"), opts
        )
