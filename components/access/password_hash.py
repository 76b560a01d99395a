"""bcrypt with a salt that is derived, so that the same password gives the same text at every run."""

import bcrypt

from components.access.certificate import derive

_ALPHABET = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def password_hash(password: str, secret: str, purpose: str, cost: int) -> str:
    """Return the hash, `$2b$COST$...`.

    Args:
        password: Password, at most `settings.users.LONGEST_PASSWORD` bytes long.
        secret: Secret from which the salt is derived.
        purpose: Purpose of the hash; another one gives another salt.
        cost: Binary logarithm of bcrypt's rounds.
    """
    salt = "".join(_ALPHABET[byte & 63] for byte in derive(secret, purpose, 21))
    # The 22nd character carries only two bits of salt; '.' is zero.
    return bcrypt.hashpw(password.encode(), f"$2b${cost:02d}${salt}.".encode()).decode()
