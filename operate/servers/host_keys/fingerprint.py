"""How people compare SSH host keys."""

import base64
import hashlib


def fingerprint(host_key: str) -> str:
    """Return the fingerprint of a host key as `ssh-keygen -lf` shows it, `SHA256:...`.

    Args:
        host_key: Key, `ssh-ed25519 AAAA...`.
    """
    blob = base64.b64decode(host_key.split()[1])
    return f"SHA256:{base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip('=')}"
