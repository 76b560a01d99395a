"""One-time host key of a server's first contact, which goes to the server by user data.

The private half is in the order and in the account, where users of the API may read it later, and processes
of the server by its metadata. It therefore vouches for one login alone: over that login the server makes a
fresh key, and the account's copy is cleared. No state holds the private half.

Source: cloud-init, cc_ssh: `ssh_keys` replaces the image's host keys at the first boot of an installation.
DataSourceIBMCloud: SoftLayer hands user data to cloud-init on a disk, for systems ordered by their code.
"""

import re
from dataclasses import dataclass, field

ALGORITHM = "ecdsa-sha2-nistp256"
"""Of the one-time key. The fresh one is ed25519, so that sshd has both until the fresh one is recorded."""
MARK = "softlayer-registry-one-time"
"""Comment of the public half. `components/scripts/sshd.sh` removes the key with it from the server."""
_PUBLIC = re.compile(rf"^\s*ecdsa_public: ({ALGORITHM} [A-Za-z0-9+/=]+) {MARK}$", re.MULTILINE)


@dataclass(frozen=True)
class OneTimeKey:
    """A key pair.

    Attributes:
        public: `ecdsa-sha2-nistp256 AAAA...`, without a comment.
        private: Text in OpenSSH's format. Secret.
    """

    public: str
    private: str = field(repr=False)

    @property
    def user_data(self) -> str:
        """Cloud-config that makes it the only host key of the server. Secret."""
        private = "".join(f"    {line}\n" for line in self.private.strip().splitlines())
        return (
            "#cloud-config\n"
            # cloud-init's default would keep root out, by whom everything is set up.
            "disable_root: false\n"
            "ssh_deletekeys: true\n"
            "ssh_keys:\n"
            f"  ecdsa_private: |\n{private}"
            f"  ecdsa_public: {self.public} {MARK}\n"
        )


def generate_one_time_key() -> OneTimeKey:
    """Generate a key pair."""
    import asyncssh

    key = asyncssh.generate_private_key(ALGORITHM)
    public = " ".join(key.export_public_key("openssh").decode().split()[:2])
    return OneTimeKey(public, key.export_private_key("openssh").decode())


def public_half(user_data: str) -> str:
    """Return the public one-time key in user data as the account has it; "" where it has none."""
    match = _PUBLIC.search(user_data)
    return match[1] if match else ""
