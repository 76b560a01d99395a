"""An SSH public key in the account, for root on the servers it is ordered with."""

import pulumi

from pulumi_softlayer.arguments import arguments, to_register


@arguments
class SshKeyArgs:
    """What an `SshKey` is made from; the fields are explained at `SshKey`."""

    label: pulumi.Input[str] = pulumi.property(name="label")
    public_key: pulumi.Input[str] = pulumi.property(name="publicKey")
    notes: pulumi.Input[str] | None = pulumi.property(name="notes", default=None)
    shared: pulumi.Input[bool] | None = pulumi.property(name="shared", default=None)


class SshKey(pulumi.CustomResource):
    """An SSH public key (SoftLayer_Security_Ssh_Key). Its Pulumi id is the key's id in the account."""

    label: pulumi.Output[str] = pulumi.property(name="label")
    public_key: pulumi.Output[str] = pulumi.property(name="publicKey")
    notes: pulumi.Output[str | None] = pulumi.property(name="notes")
    shared: pulumi.Output[bool] = pulumi.property(name="shared")
    key_id: pulumi.Output[int] = pulumi.property(name="keyId")
    fingerprint: pulumi.Output[str] = pulumi.property(name="fingerprint")
    owned: pulumi.Output[bool] = pulumi.property(name="owned")
    account_id: pulumi.Output[int] = pulumi.property(name="accountId")

    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        label: pulumi.Input[str],
        public_key: pulumi.Input[str],
        notes: pulumi.Input[str] | None = None,
        shared: pulumi.Input[bool] | None = None,
    ) -> None:
        """Register the key.

        Args:
            resource_name: Name in the program.
            opts: Pulumi's options.
            label: Name in the account, not empty; labels are not unique there. Changed in place.
            public_key: One OpenSSH line, `ssh-ed25519 AAAA... comment`. A change replaces the key.
            notes: Free text. Changed in place.
            shared: Whether a key of the same body that is in the account under another label, such as that
                of another stack, is used; it is then never changed or deleted. False by default.

        Outputs: `key_id` (for `VirtualGuest.ssh_key_ids`), `fingerprint` (as the account shows it), and
        `owned` (False for a shared key of another label).
        """
        args = SshKeyArgs(label=label, public_key=public_key, notes=notes, shared=shared)
        super().__init__(
            "softlayer:index:SshKey",
            resource_name,
            to_register(args, "key_id", "fingerprint", "owned", "account_id"),
            opts,
        )
