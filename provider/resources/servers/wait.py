"""Waits until a server can be used, of whatever kind.

Ready, after the pain of other tools (shared facts, section 5): it is provisioned, and no transaction runs on
two looks a second apart, since there are gaps between transactions (terraform-provider-softlayer issue 47).
Looks are shared between all servers of a kind that are waited for.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic

from provider.errors import REFRESH, NotFoundError, WaitTimeoutError
from provider.resources.virtual_guest.view import Stage, transaction
from provider.session import Session
from provider.softlayer.records import Record
from provider.softlayer.server_listing import Key
from provider.softlayer.servers import Servers

FIRST_PAUSE = 0.5
GROWTH = 1.3
IDLE_GAP = 1.0
"""Seconds between the two looks that find no transaction (choice; docker-machine takes four in a row)."""
UNLISTED = 60.0
"""Seconds that a new server may be missing from the account's list (choice)."""


@dataclass(frozen=True)
class Waited(Generic[Key]):
    """A server that is waited for.

    Attributes:
        servers: Servers of the same kind.
        key: Key of the server.
        stage: Returns which stage of its life a server is in.
        longest: Seconds between two reads, once the wait is a long one.
    """

    servers: Servers[Key]
    key: Key
    stage: Callable[[Record], Stage]
    longest: float

    def longer(self, pause: float) -> float:
        """Return the next pause between two reads."""
        return min(pause * GROWTH, self.longest)


async def until_idle(session: Session, urn: str, server: Waited[Key], seconds: float) -> Record:
    """Wait until the server is provisioned and no transaction is under way.

    Args:
        session: Session of the provider.
        urn: URN of the resource, for its progress.
        server: Id of the server, and how it is read.
        seconds: The time limit.

    Returns:
        The server as of a read after that, good to decide by.

    Raises:
        WaitTimeoutError: The server was not idle in time.
        NotFoundError: The server is missing, or being reclaimed.
        CancelledError: Cancel came.
    """
    loop = asyncio.get_running_loop()
    started = loop.time()
    pause, idle_since, listed, reported = FIRST_PAUSE, None, False, ""
    while True:
        record = await server.servers.watch.observe(server.key, pause)
        listed = listed or record is not None
        now = loop.time()
        if record is None and (listed or now - started > UNLISTED):
            record = await _itself(server)
        stage = server.stage(record) if record is not None else None
        if stage is Stage.IDLE and idle_since is not None and now - idle_since >= IDLE_GAP * 0.9:
            record = await _itself(server)
            stage = server.stage(record)
            if stage is Stage.IDLE:
                return record
        where = describe(record, stage)
        if stage is Stage.LEAVING:
            raise NotFoundError(f"server {server.key} is being reclaimed ({where}); run {REFRESH}")
        if stage is Stage.IDLE:
            idle_since = now if idle_since is None else idle_since
            pause = IDLE_GAP
        else:
            idle_since, pause = None, server.longer(pause)
        if now - started > seconds:
            raise WaitTimeoutError(f"it was not ready within {seconds:.0f} s (now: {where})")
        if where != reported:
            await session.reporter.progress(urn, f"server {server.key}: {where}")
            reported = where


async def _itself(server: Waited[Key]) -> Record:
    """Return the server by itself; one that the list does not have may be too new for it, or gone."""
    try:
        return await server.servers.reads.now(server.key)
    except NotFoundError:
        raise NotFoundError(f"server {server.key} is gone from the account; run {REFRESH}") from None


def describe(record: Record | None, stage: Stage | None) -> str:
    """Return where a server is, for the user.

    Args:
        record: The server; None while no list has it.
        stage: Stage of its life that the server is in.
    """
    if record is None or stage is None:
        return "not listed yet"
    running = transaction(record)
    if running:
        return running
    return {
        Stage.PROVISIONING: "waits for its next step",
        Stage.IDLE: "idle",
        Stage.BUSY: "busy",
        Stage.LEAVING: "billing has stopped",
    }[stage]
