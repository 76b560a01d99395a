"""Swift as the legacy registry sees it."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class LegacyStorage:
    """Swift as the legacy registry sees it.

    Attributes:
        auth_url: URL of v1 authentication.
        username: Account and user, `SLOS1-1:SL1`.
        password: The user's key; secret, or the mark of a secret.
        container: Container of the object storage. It must exist, since the driver does not create it.
    """

    auth_url: str
    username: str
    password: str = field(repr=False)
    container: str
