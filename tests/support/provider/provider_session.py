"""A session without a cloud: for handlers' Check, Diff and preview, which never call it."""

from provider.cancellation_token import CancellationToken
from provider.open_session import open_session
from provider.redaction import Redactor
from provider.session import Session
from provider.settings import ProviderSettings

SETTINGS = ProviderSettings(
    username="tester",
    api_key="k" * 32,
    endpoint_url="http://127.0.0.1:9/xmlrpc/v3.1/",
    timeout=5,
    rate_limit=50,
    order_settle=1,
    order_scope="0123456789abcdef",
)


class Silent:
    """A reporter that keeps its messages."""

    def __init__(self) -> None:
        self.messages: list[str] = []

    async def progress(self, urn: str, message: str) -> None:
        self.messages.append(message)

    async def warning(self, urn: str, message: str) -> None:
        self.messages.append(f"warning: {message}")


def session(scope: str = SETTINGS.order_scope, state_home: str = "/nonexistent") -> Session:
    """A session whose cloud is a closed port."""
    settings = ProviderSettings(**{**SETTINGS.__dict__, "order_scope": scope})
    return open_session(settings, CancellationToken(), Silent(), Redactor(), {"XDG_STATE_HOME": state_home})
