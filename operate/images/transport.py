"""Requests to a registry with the operator's password: to pinned origins only, bounded in time and memory."""

import re
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

import httpx

from messages.network_failure import describe_network_failure
from messages.progress import step
from operate.error import LostError, OperateError
from operate.images.endpoint import RegistryEndpoint
from operate.servers.registry_http import NoAuthorityError, open_registry

MOST_BYTES = 16 << 20
"""Of one answer (choice): 10,000 tags with the longest names take 1.3 MB, a manifest 4 MB at most."""
_SILENCE = 60.0
"""Seconds without a byte, after which a request is not repeated (choice): a registry whose storage is slow
answers no faster then, and what cannot be connected to is tried again."""
_TIMEOUT = httpx.Timeout(_SILENCE, connect=10.0)
_TAG = re.compile(r"<[^>]*>")
_TRIES = 4
_LONGEST_WAIT = 60.0
"""Seconds that a front door's `Retry-After` is heeded for (choice); it asks for 10."""


@dataclass(frozen=True)
class Answer:
    """A registry's answer.

    Attributes:
        status: HTTP status.
        headers: Headers by lower-case name.
        content: The whole body.
        next_link: Path and query of the next page; "" on the last one.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""
    next_link: str = ""


class RegistryTransport:
    """Asks one registry; may be used by several threads.

    Args:
        access: Endpoint of the registry.
        sleep: Waits so many seconds before a repeat.
    """

    def __init__(self, access: RegistryEndpoint, sleep: Callable[[float], None] = time.sleep) -> None:
        self.endpoint = access.endpoint.rstrip("/")
        self._sleep = sleep
        try:
            self._client = open_registry(access, _TIMEOUT, "softlayer-registry-operate")
        except NoAuthorityError:
            raise OperateError(
                f"registry {access.endpoint}: the output certificateAuthority is no PEM; run `pulumi up`"
            ) from None

    def close(self) -> None:
        """Close its connections."""
        self._client.close()

    def ask(
        self,
        method: str,
        path: str,
        expected: Collection[int],
        *,
        params: Mapping[str, str] | None = None,
        accept: str = "*/*",
    ) -> Answer:
        """Make a request; one that only reads is repeated where the way there fails.

        Args:
            method: HTTP method.
            path: Path at the registry.
            expected: Statuses that are returned; any other is an error.
            params: Parameters of the query.
            accept: Media types to accept.

        Raises:
            LostError: The registry cannot be reached, or refuses the password.
            OperateError: The registry answers with another status, or too much.
        """
        what = f"registry {self.endpoint}: {method} {path}"
        for number in range(1, _TRIES + 1):
            is_last = number == _TRIES or method not in ("GET", "HEAD")
            try:
                with step(f"registry, {method} {path}"):
                    answer = self._once(method, path, params, accept)
            except httpx.ReadTimeout:
                raise LostError(
                    f"{what}: no answer within {_SILENCE:g} s; `operate doctor ENV` shows whether its storage"
                    " is slow"
                ) from None
            except httpx.TransportError as error:
                if is_last:
                    raise LostError(
                        f"{what}: no answer ({describe_network_failure(error)}); check with"
                        " `operate status ENV` whether a front door is up, then run the command again"
                    ) from None
                self._sleep(0.25 * 2**number)
                continue
            if answer.status in expected:
                return answer
            # A door that counts an address's requests refuses before anything was done.
            if answer.status == 429 and number < _TRIES:
                self._sleep(_retry_seconds(answer))
            elif answer.status in (500, 502, 503, 504) and not is_last:
                self._sleep(0.25 * 2**number)
            else:
                raise _refusal(what, answer)
        raise AssertionError("unreachable")

    def _once(self, method: str, path: str, params: Mapping[str, str] | None, accept: str) -> Answer:
        with self._client.stream(
            method,
            path,
            params=dict(params) if params else None,
            headers={"Accept": accept},
            follow_redirects=method in ("GET", "HEAD"),
        ) as response:
            content = bytearray()
            for piece in response.iter_bytes():
                content += piece
                if len(content) > MOST_BYTES:
                    raise OperateError(
                        f"registry {self.endpoint}: {method} {path}: more than {MOST_BYTES >> 20} MB; a"
                        " registry answers with less, so check what is in front of it"
                    )
            link = response.links.get("next", {}).get("url", "")
            return Answer(response.status_code, dict(response.headers), bytes(content), link)


def _detail(answer: Answer) -> str:
    """Return the beginning of what an answer says; of a front door's page without its tags."""
    text = answer.content[:200].decode(errors="replace")
    is_page = answer.headers.get("content-type", "").startswith("text/html")
    return " ".join(_TAG.sub(" ", text).split()) if is_page else text


def _refusal(what: str, answer: Answer) -> OperateError:
    detail = _detail(answer)
    if answer.status in (401, 403):
        return LostError(
            f"{what}: status {answer.status}, {detail!r}; the stack's user must be an admin with the password"
            " of the last `pulumi up` (docs/reference/access.md)"
        )
    return OperateError(
        f"{what}: status {answer.status}, {detail!r}; `operate doctor ENV` shows what is wrong"
    )


def _retry_seconds(answer: Answer) -> float:
    with suppress(ValueError):
        return min(max(float(answer.headers.get("retry-after", "")), 0.0), _LONGEST_WAIT)
    return 1.0
