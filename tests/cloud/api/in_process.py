"""The API called in this process, without sockets: for very many inputs."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.types import Message

from cloud.api.app import build_app
from cloud.settings import CloudSettings
from harness.cloud.running_api import API_KEY, USERNAME

_PIECE = 1 << 16


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class InProcess:
    """An application whose lifespan has begun; `request_count` counts the requests."""

    app: Starlette
    loop: asyncio.AbstractEventLoop
    request_count: int = 0

    def ask(
        self, verb: str, path: str, *, query: str = "", body: bytes = b"", authorization: str = ""
    ) -> Answer:
        """Make one request, as a server hands it over."""
        self.request_count += 1
        raw = quote(path, safe="/%").encode()
        headers = [(b"authorization", authorization.encode("latin-1", "replace"))] if authorization else []
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": verb,
            "scheme": "http",
            "path": path,
            "raw_path": raw,
            "root_path": "",
            "query_string": query.encode(),
            "headers": headers,
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
        }
        pieces = [body[at : at + _PIECE] for at in range(0, len(body), _PIECE)] or [b""]
        sent: list[Message] = []

        async def receive() -> Message:
            if not pieces:
                return {"type": "http.disconnect"}
            return {"type": "http.request", "body": pieces.pop(0), "more_body": bool(pieces)}

        async def send(message: Message) -> None:
            sent.append(message)

        self.loop.run_until_complete(self.app(scope, receive, send))
        decoded = {name.decode().lower(): value.decode("latin-1") for name, value in sent[0]["headers"]}
        return Answer(sent[0]["status"], decoded, b"".join(event.get("body", b"") for event in sent[1:]))


@contextmanager
def in_process(state_dir: Path) -> Iterator[InProcess]:
    """The API over books in that folder, without machines, at instant speed."""
    app = build_app(CloudSettings(state_dir, USERNAME, API_KEY), None, None)
    loop = asyncio.new_event_loop()
    lifespan = app.router.lifespan_context(app)
    loop.run_until_complete(lifespan.__aenter__())
    try:
        yield InProcess(app, loop)
    finally:
        loop.run_until_complete(lifespan.__aexit__(None, None, None))
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()
