"""Where the local environment keeps its things, and the variables under which Pulumi runs in it."""

import json
import os
import secrets
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

CHECKOUT = Path(__file__).resolve().parents[2]
STACK = "local"
CLOUD_PORT = 8780
"""TCP port of the cloud's API on 127.0.0.1 (choice)."""


class LocalError(Exception):
    """The local environment cannot go on; the message is one line with the remedy."""


class ProtectedError(LocalError):
    """The stack is protected, so that Pulumi has deleted nothing of it."""


class CommandFailedError(LocalError):
    """A command failed and has told so in its own words; nothing is to be added to them."""


@dataclass(frozen=True)
class Environment:
    """One local environment.

    Attributes:
        state: Folder that holds everything it keeps; `make down` empties it.
        cloud_port: TCP port of the cloud's API on 127.0.0.1; 0 takes a free one.
        speed: Speed of the cloud's transactions, `instant`, `realistic` or `measured`.
    """

    state: Path = CHECKOUT / ".local"
    cloud_port: int = CLOUD_PORT
    speed: str = "instant"

    @property
    def cloud(self) -> Path:
        """State folder of the local cloud."""
        return self.state / "cloud"

    @property
    def ssh_key(self) -> Path:
        """The operator's private key."""
        return self.state / "ssh" / "id_ed25519"

    @property
    def stack_file(self) -> Path:
        """The stack's file, into which Pulumi and `operate` write; see `dev.local.stack.stack_file`."""
        return self.state / "pulumi" / f"Pulumi.{STACK}.yaml"

    @property
    def stack_file_origin(self) -> Path:
        """The checkout's file as it was when the stack's was made from it."""
        return self.state / "pulumi" / "origin.yaml"

    @property
    def base_archive(self) -> Path:
        """The registry's base image, as the stack's file names it."""
        return self.state / "images" / "registry-2.8.3.tar"

    @property
    def backend(self) -> Path:
        """Folder of Pulumi's state."""
        return self.state / "pulumi" / "backend"

    @property
    def has_stack(self) -> bool:
        """Whether the backend knows a stack, which may hold something."""
        return any((self.backend / ".pulumi" / "stacks").rglob("*.json"))

    @property
    def pulumi_log(self) -> Path:
        """All that the last `pulumi up` or `pulumi destroy` of `make` printed."""
        return self.state / "pulumi" / "pulumi.log"

    @property
    def backend_url(self) -> str:
        """Address of Pulumi's state, as Pulumi takes it; `operate` tells environments apart by it."""
        return f"file://{self.backend}"

    def credentials(self) -> dict[str, str]:
        """Read how to reach the cloud.

        Raises:
            LocalError: The cloud is not up.
        """
        try:
            credentials: dict[str, str] = json.loads((self.cloud / "cloud.json").read_text())
        except FileNotFoundError as error:
            raise LocalError("the local cloud is not up; run make up") from error
        return credentials

    @property
    def last_port(self) -> int | None:
        """TCP port of the cloud's API when it was last up; None where it never was."""
        try:
            return urlsplit(self.credentials()["endpoint_xmlrpc"]).port
        except LocalError:
            return None

    def passphrase_file(self) -> Path:
        """Return the file with the passphrase of the stack's secrets, made at first use, mode 0600."""
        file = self.state / "pulumi" / "passphrase"
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as stream:
                stream.write(secrets.token_hex(32))
        return file

    @property
    def variables_file(self) -> Path:
        """Where `operate` and a shell find the variables of the environment that is up."""
        return self.state / "variables.json"

    @property
    def slcli_file(self) -> Path:
        """Configuration of `slcli`, which takes user and key from variables, but not the API's address."""
        return self.state / "slcli.conf"

    def variables(self, engine: Path) -> dict[str, str]:
        """Return the process environment for Pulumi.

        Args:
            engine: The folder with `pulumi` and its plugins.

        Raises:
            LocalError: The cloud is not up.
        """
        own = self.own_variables(engine)
        return os.environ | own | {"PATH": f"{own['PATH']}:{os.environ['PATH']}"}

    def own_variables(self, engine: Path) -> dict[str, str]:
        """Return what the environment adds to that of a process; its `PATH` stands before the process's own.

        Args:
            engine: The folder with `pulumi` and its plugins.

        Raises:
            LocalError: The cloud is not up.
        """
        self.backend.mkdir(parents=True, exist_ok=True)
        home = self.state / "pulumi" / "home"
        home.mkdir(parents=True, exist_ok=True)
        (home / "plugins").unlink(missing_ok=True)
        (home / "plugins").symlink_to(engine.parent / "plugins")
        cloud = self.credentials()
        return {
            "PATH": f"{engine}:{CHECKOUT / 'bin'}:{Path(sys.executable).parent}",
            "PULUMI_HOME": str(home),
            "PULUMI_IGNORE_AMBIENT_PLUGINS": "true",
            "PULUMI_BACKEND_URL": self.backend_url,
            "PULUMI_CONFIG_PASSPHRASE_FILE": str(self.passphrase_file()),
            "PULUMI_SKIP_UPDATE_CHECK": "1",
            "SOFTLAYER_REGISTRY_SSH_KEY": str(self.ssh_key.absolute()),
            "SL_USERNAME": cloud["username"],
            "SL_API_KEY": cloud["api_key"],
            "SL_ENDPOINT_URL": cloud["endpoint_xmlrpc"],
            "SLCLI_CONFIG": str(self.slcli_file.absolute()),
            "OPERATE_CONFIG_FILE": str(self.stack_file.absolute()),
        }

    def write_variables(self, engine: Path) -> None:
        """Keep the variables, readable by their owner alone, for `operate` and for shells."""
        endpoint = self.credentials()["endpoint_xmlrpc"]
        self.slcli_file.write_text(f"[softlayer]\nendpoint_url = {endpoint}\n")
        descriptor = os.open(self.variables_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as stream:
            json.dump(self.own_variables(engine), stream, indent=2)
