"""OperatorKey: the SSH key that opens every server of the environment.

Operators share the stack, and each keeps the key where it is convenient. The state holds neither the key nor
its place on a machine: it holds the text of the setting, which is everybody's, and the place of an SSH agent
that each run of the program starts with the key (`components.remote.key_agent`).
"""

from dataclasses import dataclass
from pathlib import Path

import pulumi

import pulumi_softlayer as softlayer
from components.remote.key_agent import agent_place, start_agent
from settings.access.key_pair import key_pair_problems, place_on_this_machine, public_half

_SSH_CONFIG = "components/ssh_config"
"""From the program's folder, in which Pulumi starts its plugins."""


class OperatorKeyError(pulumi.RunError):
    """The operator's key pair cannot open servers; the message names the file and the command that helps."""


@dataclass(frozen=True)
class OperatorKeyArgs:
    """The key pair on the operator's disk.

    Attributes:
        label: Name of the key in the account.
        environment: The stack's name.
        setting: The private key's place as the stack file has it, with `~/` for the operator's home or
            relative to the program's folder. OpenSSH format; the public half is beside it, with `.pub`.
        next_setting: The place of the key that follows, while keys are rotated; None otherwise.
    """

    label: str
    environment: str
    setting: Path
    next_setting: Path | None = None

    def __post_init__(self) -> None:
        if problems := key_pair_problems(self.private_key_file):
            raise OperatorKeyError(f"sshKeyFile: {'; '.join(problems)}")

    @property
    def private_key_file(self) -> Path:
        """The private key on this machine."""
        return place_on_this_machine(self.setting)

    @property
    def public_key_file(self) -> Path:
        """The public half."""
        return public_half(self.private_key_file)


class OperatorKey(pulumi.ComponentResource):
    """The operator's key, registered with the account.

    Attributes:
        key_id: The account's id of it.
        place: Place of the private key, as the stack file has it.
        ssh_options: SSH options for OpenSSH, to find the key on whichever operator's machine it runs.
        agent_socket: Place of the agent that logs in with the key, relative to the program's folder.
        private_key: The private key's text, for logins by the program itself. Secret; no resource has it.
        authorized: Public keys that every server must take, `TYPE BASE64`, the one in use first.
        next_private_key: Private key that follows, while keys are rotated; None otherwise. Secret.
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
        self.place = str(args.setting)
        self.ssh_options = ssh_options(args.setting)
        self.agent_socket = agent_place(args.environment, _key_alone(args.public_key_file))
        if not pulumi.runtime.is_dry_run():  # a preview runs nothing on servers by pulumi-command
            start_agent(args.private_key_file, self.agent_socket)
        self.private_key = pulumi.Output.secret(args.private_key_file.read_text())
        self.authorized = [_key_alone(args.public_key_file)]
        self.next_private_key: pulumi.Output[str] | None = None
        if args.next_setting is not None:
            following = args.next_setting.expanduser()
            self.authorized.append(_key_alone(public_half(following)))
            self.next_private_key = pulumi.Output.secret(following.read_text())
        self.register_outputs({"keyId": self.key_id})


def _key_alone(public_key_file: Path) -> str:
    """A public key without its comment."""
    return " ".join(public_key_file.read_text().split()[:2])


def ssh_options(setting: Path) -> list[str]:
    """Return OpenSSH's options for a key whose place differs between operators.

    `${HOME}` is expanded by ssh on the machine that it runs on, as Python expands `~` (ssh_config(5), 8.4).

    Args:
        setting: The key's place as the stack file has it.
    """
    place = str(setting)
    if place.startswith("~/"):
        place = "${HOME}" + place.removeprefix("~")
    return ["-F", _SSH_CONFIG, "-o", f"IdentityFile={place}"]
