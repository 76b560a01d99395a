"""Who calls: the account's one user, by HTTP Basic or XML-RPC's authenticate header."""

import base64
import binascii
import hmac
from dataclasses import dataclass

from cloud import faults
from cloud.settings import CloudSettings
from cloud.values import Json

# IBM Cloud's way of sending a key without a user name.
_KEY_ALONE = "apikey"


@dataclass(frozen=True)
class SentCredentials:
    """A user name and key as they were sent."""

    username: str
    api_key: str


def from_basic(header: str | None) -> SentCredentials | None:
    """Return the credentials of an Authorization header; None where there is none, or it cannot be read."""
    kind, _, encoded = (header or "").partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        text = base64.b64decode(encoded.strip(), validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return SentCredentials("", "")
    username, _, api_key = text.partition(":")
    return SentCredentials(username, api_key)


def from_header(value: Json) -> SentCredentials | None:
    """Return the credentials of XML-RPC's `authenticate` header; None where there is none."""
    if not isinstance(value, dict):
        return None
    username, api_key = value.get("username"), value.get("apiKey")
    return SentCredentials(
        username if isinstance(username, str) else "", api_key if isinstance(api_key, str) else ""
    )


def check(settings: CloudSettings, sent: SentCredentials | None, refusal: faults.ApiFault) -> None:
    """Let the account's user pass.

    Raises:
        ApiFault: The refusal for wrong credentials, or that there are none.
    """
    if sent is None:
        raise faults.no_credentials()
    right_name = sent.username == _KEY_ALONE or _same(sent.username, settings.username)
    if not (_same(sent.api_key, settings.api_key) and right_name):
        raise refusal


def _same(sent: str, expected: str) -> bool:
    return hmac.compare_digest(sent.encode("utf-8", "replace"), expected.encode("utf-8", "replace"))
