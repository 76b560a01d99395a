"""SSH keys of the account."""

from cloud.state.records import SshKey
from cloud.values import Entity


def ssh_key_entity(key: SshKey) -> Entity:
    """Return a SoftLayer_Security_Ssh_Key.

    Its fingerprint is MD5 in colon-hexadecimal; a filter finds it by the SHA-256 one too, since clients of
    both kinds are about.
    """
    return Entity(
        "SoftLayer_Security_Ssh_Key",
        {
            "id": key.id,
            "label": key.label,
            "key": key.key,
            "fingerprint": key.md5,
            "notes": key.notes,
            "createDate": key.created,
            "modifyDate": key.modified,
        },
        filter_aliases={"fingerprint": (key.sha256,)},
    )
