"""Swift's own tempauth, with the accounts read from a file whenever it changes.

As it comes, tempauth knows the accounts of its configuration file only, from the proxy's start on; here
accounts come and go while uploads run. Loaded by the proxy, see `configuration`.
"""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from swift.common.middleware.tempauth import TempAuth
from swift.common.registry import register_swift_info

_Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class LiveAuth(TempAuth):  # type: ignore[misc]  # Swift has no types
    """Tempauth over an accounts file.

    Args:
        app: What follows in the pipeline.
        conf: Configuration of the filter; `accounts_file` is a JSON list of {name, user, key}.
    """

    def __init__(self, app: _Application, conf: dict[str, str]) -> None:
        super().__init__(app, conf)
        self._file = Path(conf["accounts_file"])
        self._read_at: tuple[int, int] | None = None

    def __call__(self, env: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request, with the accounts as they are now."""
        self._refresh()
        answer: Iterable[bytes] = super().__call__(env, start_response)
        return answer

    def _refresh(self) -> None:
        try:
            status = self._file.stat()
        except FileNotFoundError:
            self.users = {}
            return
        # Every change is a new file: its number and time tell one from the other.
        stamp = (status.st_ino, status.st_mtime_ns)
        if stamp != self._read_at:
            self.users = users(json.loads(self._file.read_text()), self.reseller_prefix)
            self._read_at = stamp


def users(accounts: Iterable[dict[str, str]], prefix: str) -> dict[str, dict[str, Any]]:
    """Return the accounts in tempauth's own form: login -> key, storage URL and groups."""
    return {
        f"{account['name']}:{account['user']}": {
            "key": account["key"],
            "url": f"$HOST/v1/{prefix}{account['name']}",
            "groups": [".admin"],
        }
        for account in accounts
    }


def filter_factory(global_conf: dict[str, str], **local_conf: str) -> Callable[[_Application], LiveAuth]:
    """Return the filter for the proxy's pipeline."""
    conf = {**global_conf, **local_conf}
    register_swift_info("tempauth", account_acls=True)
    return lambda app: LiveAuth(app, conf)
