"""The operator's SSH key pair, judged by OpenSSH itself before a server is ordered that it could not open."""

import os
import shlex
import subprocess
from pathlib import Path

KEY_VARIABLE = "SOFTLAYER_REGISTRY_SSH_KEY"
"""Environment variable with the path of the key on this machine, where it is not the setting's."""
_TIMEOUT_SECONDS = 20
_UNATTENDED = ("ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521")


def place_on_this_machine(setting: Path) -> Path:
    """Return where the private key is on this machine.

    Args:
        setting: Place of the key as the stack file has it, the same text for every operator.
    """
    return Path(os.environ.get(KEY_VARIABLE) or setting).expanduser()


def public_half(private_key_file: Path) -> Path:
    """Return where the public key of a pair lies: beside the private one, with `.pub` added."""
    return private_key_file.with_name(f"{private_key_file.name}.pub")


def key_pair_problems(private_key_file: Path) -> list[str]:
    """Return why a key pair cannot open servers without a person; nothing of the private key is in it.

    `ssh-keygen` reads the private key, since the `ssh` beside it is what logs in later.
    """
    quoted = shlex.quote(str(private_key_file))
    if private_key_file.suffix == ".pub":
        return [f"{private_key_file} is the public key; name the private one, {private_key_file.stem}"]
    if not private_key_file.is_file():
        remedy = (
            f"make it: ssh-keygen -t ed25519 -N '' -f {quoted}, or export {KEY_VARIABLE} with its path"
            " on this machine"
        )
        return [f"there is no private key {private_key_file}; {remedy}"]
    problems = _mode_problems(private_key_file, quoted)
    derived: str | None = None
    if not problems:
        derived, problems = _derive_public(private_key_file, quoted)
    return [*problems, *_public_problems(private_key_file, quoted, derived)]


def _mode_problems(file: Path, quoted: str) -> list[str]:
    """As OpenSSH judges, which looks at the mode of the user's own files only."""
    state = file.stat()
    if state.st_uid == os.getuid() and state.st_mode & 0o077:
        mode = f"{state.st_mode & 0o777:03o}"
        return [f"{file} is open to others (mode {mode}) and OpenSSH ignores it; chmod 600 {quoted}"]
    if not os.access(file, os.R_OK):
        return [f"{file} cannot be read by you; see ls -l {quoted}"]
    return []


def _derive_public(file: Path, quoted: str) -> tuple[str | None, list[str]]:
    """The public key of a private one, as `TYPE BASE64`, and why there is none."""
    try:
        done = subprocess.run(
            ["ssh-keygen", "-y", "-P", "", "-f", str(file)],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=_TIMEOUT_SECONDS,
        )  # fmt: skip
    except FileNotFoundError:
        return None, ["OpenSSH is missing on this machine (ssh-keygen); install openssh-client"]
    except subprocess.TimeoutExpired:
        return None, [f"ssh-keygen does not end on {file}; try ssh-keygen -y -f {quoted}"]
    if done.returncode != 0 and "incorrect passphrase" in done.stderr:
        remedy = f"take it away with ssh-keygen -p -N '' -f {quoted}, or take another key"
        return None, [f"{file} has a passphrase, which nobody types during pulumi up; {remedy}"]
    if done.returncode != 0:
        remedy = f"see ssh-keygen -y -f {quoted}, or make another: ssh-keygen -t ed25519 -N '' -f FILE"
        return None, [f"{file} is not a private key that OpenSSH reads; {remedy}"]
    public = _words(done.stdout)
    kind = public.partition(" ")[0]
    if kind not in _UNATTENDED:
        return None, [f"{file} is of type {kind}; must be one of {', '.join(_UNATTENDED)}"]
    return public, []


def _public_problems(file: Path, quoted: str, derived: str | None) -> list[str]:
    public, remedy = public_half(file), f"ssh-keygen -y -f {quoted} >{quoted}.pub"
    try:
        text = public.read_text()
    except FileNotFoundError:
        return [f"there is no public key {public}; {remedy}"]
    except (OSError, UnicodeDecodeError):
        return [f"{public} cannot be read as a public key; {remedy}"]
    if derived is not None and _words(text) != derived:
        return [f"{public} is not the public key of {file}; {remedy}"]
    return []


def _words(line: str) -> str:
    """Type and key, without the comment."""
    return " ".join(line.split()[:2])
