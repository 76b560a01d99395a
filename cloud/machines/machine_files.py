"""What makes one machine out of the image that all share: keys, addresses, resolver, certificates."""

import io
import tarfile
from pathlib import Path

from cloud.interfaces import MachineSpec
from cloud.machines.cloud_config import host_key_files

_RESOLVERS = (Path("/run/systemd/resolve/resolv.conf"), Path("/etc/resolv.conf"))
TRUSTED = Path("/etc/ssl/certs/ca-certificates.crt")
USER_DATA = "etc/softlayer/user-data"
_AUTHORITIES = Path("/usr/local/share/ca-certificates")
_SSHD_SETTINGS = b"PermitRootLogin yes\nPasswordAuthentication yes\nUseDNS no\n"
"""As permissive as a hoster's images: root logs in with the password that the account shows."""


def machine_files(spec: MachineSpec, trust: Path = TRUSTED) -> bytes:
    """Return a tar with the machine's own files, to be unpacked at its root.

    Args:
        spec: Spec of the machine.
        trust: The authorities it trusts, in one file.
    """
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        keys = "".join(f"{key.strip()}\n" for key in spec.ssh_public_keys)
        _add(tar, "root/.ssh/authorized_keys", keys.encode(), 0o600)
        _add(tar, "etc/softlayer/network.sh", network_script(spec, resolver_lines()).encode(), 0o755)
        _add(tar, USER_DATA, spec.user_data.encode(), 0o600)
        _add(tar, "etc/ssh/sshd_config.d/softlayer.conf", _SSHD_SETTINGS, 0o644)
        # At the first boot of an installation alone: what is told later changes no host key.
        for file in host_key_files(spec.user_data) if spec.reads_user_data else ():
            _add(tar, file.path, file.content.encode(), 0o600)
        # What the host trusts, its machines trust: else HTTPS fails in them behind an inspecting proxy.
        if trust.is_file():
            _add(tar, str(TRUSTED).lstrip("/"), trust.read_bytes(), 0o644)
        for authority in sorted(_AUTHORITIES.glob("*.crt")):
            _add(tar, str(authority).lstrip("/"), authority.read_bytes(), 0o644)
    return buffer.getvalue()


def metadata_files(spec: MachineSpec) -> bytes:
    """Return a tar with what a machine receives at each start: its user data."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        _add(tar, USER_DATA, spec.user_data.encode(), 0o600)
    return buffer.getvalue()


def network_script(spec: MachineSpec, resolvers: list[str]) -> str:
    """Return the script that the machine runs early in its boot.

    Args:
        spec: Spec of the machine.
        resolvers: Lines for /etc/resolv.conf. Docker's own resolver listens on the machine's loopback, where
            the machine's own containers cannot reach it.
    """
    lines = ["# The backend address, and the resolver of the host."]
    if spec.public_ip is not None:
        lines.append(f"ip address replace {spec.private_ip}/24 dev eth0")
    lines.append(f"printf '%s\\n' {' '.join(repr(line) for line in resolvers)} >/etc/resolv.conf")
    return "\n".join(lines) + "\n"


def resolver_lines() -> list[str]:
    """Return the host's resolver lines, without resolvers on its loopback."""
    for file in _RESOLVERS:
        if file.is_file():
            lines = [line.strip() for line in file.read_text().splitlines()]
            lines = [line for line in lines if line.startswith(("nameserver ", "search ", "options "))]
            kept = [line for line in lines if not line.startswith(("nameserver 127.", "nameserver ::1"))]
            if any(line.startswith("nameserver") for line in kept):
                return kept
    return ["nameserver 1.1.1.1"]


def _add(tar: tarfile.TarFile, path: str, content: bytes, mode: int) -> None:
    entry = tarfile.TarInfo(path)
    entry.size, entry.mode = len(content), mode
    tar.addfile(entry, io.BytesIO(content))
