"""OperatorKey: the SSH key that opens every server of the environment."""

from dataclasses import dataclass
from pathlib import Path

import pulumi

import pulumi_softlayer as softlayer
from settings.key_pair import key_pair_problems, public_half


class OperatorKeyError(Exception):
    """The operator's key pair cannot open servers; the message names the file and the command that helps."""


@dataclass(frozen=True)
class OperatorKeyArgs:
    """The key pair on the operator's disk.

    Attributes:
        label: what the account calls the key.
        private_key_file: OpenSSH format; the public half lies beside it with `.pub` added.
    """

    label: str
    private_key_file: Path

    def __post_init__(self) -> None:
        if problems := key_pair_problems(self.private_key_file):
            raise OperatorKeyError(f"sshKeyFile: {'; '.join(problems)}")

    @property
    def public_key_file(self) -> Path:
        """The public half."""
        return public_half(self.private_key_file)


class OperatorKey(pulumi.ComponentResource):
    """The operator's key, registered with the account.

    Attributes:
        key_id: the account's id of it.
        file: the private key's absolute path, for OpenSSH.
        private_key: the private key's text; secret.
    """

    def __init__(self, name: str, args: OperatorKeyArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("softlayer-registry:index:OperatorKey", name, {}, opts)
        key = softlayer.SshKey(
            name,
            label=args.label,
            public_key=args.public_key_file.read_text().strip(),
            # An operator may have many stacks with one key; the account takes each key only once.
            shared=True,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.key_id = key.key_id
        self.file = args.private_key_file.resolve()
        self.private_key = pulumi.Output.secret(args.private_key_file.read_text())
        self.register_outputs({"keyId": self.key_id})
