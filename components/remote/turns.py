"""Turns: servers that carry one service are rebooted one after the other, and only while another one serves.

The decisions, without Pulumi and SSH; `components.server.reboot_turns` binds them to the servers.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass

HEALTH_SECONDS = 300.0
PAUSE_SECONDS = 3.0
PLACE_SECONDS = 60.0
"""For a rebooted server until it serves again, between two checks, and for the engine to show where the peers
are (choices)."""


class TurnError(Exception):
    """A server must not be rebooted now, or does not serve after its reboot; the message has the remedy."""


@dataclass(frozen=True)
class Place:
    """Where a server is checked: its address, and its pinned host key."""

    address: str
    host_key: str


class Turns:
    """The servers of one service.

    Args:
        servers: Names of those that take turns.
        doors: Names of those among them at which clients arrive.
        check: Returns why a door does not serve; "" where it does.
    """

    def __init__(
        self, servers: Collection[str], doors: Collection[str], check: Callable[[Place], Awaitable[str]]
    ) -> None:
        self.servers, self._doors, self._check = servers, doors, check
        self._locations: dict[str, asyncio.Future[Place]] = {}
        self._turn = asyncio.Lock()
        self._current = self._ended_badly = self._reinstalled = ""

    def locate(self, server: str, place: Place) -> None:
        """Note where a server is, as far as the engine has shown it; later ones count."""
        if server in self._locations and self._locations[server].done():
            del self._locations[server]
        self._location(server).set_result(place)

    def announce_reinstallation(self, server: str) -> None:
        """Note that a server's system is to be installed again, of which a run has one.

        The rest of the run then creates everything on it again, which no other server can wait for.

        Raises:
            TurnError: Another one's is, too.
        """
        if self._reinstalled not in ("", server):
            raise TurnError(
                f"{self._reinstalled} and {server} would be installed again in one run, and clients would"
                " have no front door. Change the os of one of them, run pulumi up, then that of the other"
            )
        self._reinstalled = server

    async def enter(self, server: str) -> None:
        """Wait for the turn of a server that is to be rebooted.

        Raises:
            TurnError: The server must not be rebooted; `leave` and `fail` are not to be called then.
        """
        await self._turn.acquire()
        try:
            self._check_earlier(server)
            if server in self._doors:
                await self._check_peers(server)
        except BaseException:
            self._turn.release()
            raise
        self._current = server

    async def leave(self, server: str, *, reinstalled: bool = False) -> None:
        """End the turn of a server once it serves again; does nothing where it has none.

        Args:
            server: Server that was rebooted.
            reinstalled: The rest of the run creates its door again, so that it is not waited for.

        Raises:
            TurnError: The server does not serve.
        """
        if self._current != server:
            return
        try:
            if not reinstalled:
                await self._await_health(server)
        except BaseException:
            self._ended_badly = server
            raise
        finally:
            self._release()

    def fail(self, server: str) -> None:
        """End the turn of a server whose change failed; no other is rebooted in this run."""
        if self._current == server:
            self._ended_badly = server
            self._release()

    def _release(self) -> None:
        self._current = ""
        self._turn.release()

    def _location(self, server: str) -> "asyncio.Future[Place]":
        if server not in self._locations:
            self._locations[server] = asyncio.get_running_loop().create_future()
        return self._locations[server]

    async def _problem(self, server: str) -> str:
        """Why a door does not serve; "" where it does."""
        try:
            place = await asyncio.wait_for(asyncio.shield(self._location(server)), PLACE_SECONDS)
        except TimeoutError:
            return "it has just been ordered, or this run does not show it"
        return await self._check(place)

    def _check_earlier(self, server: str) -> None:
        if self._ended_badly:
            raise TurnError(
                f"{server} was not changed, since the change of {self._ended_badly} in the same run ended"
                " badly. Repair that one, then run pulumi up again"
            )

    async def _check_peers(self, server: str) -> None:
        peers = sorted(set(self._doors) - {server})
        own, *problems = await asyncio.gather(*map(self._problem, (server, *peers)))
        # One that serves nobody takes nothing away; it may be resized because of that.
        if own or not problems or "" in problems:
            return
        details = "; ".join(f"{peer}: {problem}" for peer, problem in zip(peers, problems, strict=True))
        raise TurnError(
            f"{server} was not changed: it would be rebooted, and no other front door serves ({details})."
            " Take its change out of the stack file, bring the other one back"
            f" (docs/runbooks/lost-front-door.md, pulumi up), then make the change of {server}"
        )

    async def _await_health(self, server: str) -> None:
        """Wait until the server's own door serves, or all doors where it has none."""
        doors = [server] if server in self._doors else sorted(self._doors)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + HEALTH_SECONDS
        while any(problems := await asyncio.gather(*map(self._problem, doors))):
            if loop.time() > deadline:
                details = "; ".join(
                    f"{door}: {why}" for door, why in zip(doors, problems, strict=True) if why
                )
                raise TurnError(
                    f"{server} was changed, and {HEALTH_SECONDS:.0f} s later its clients are not served"
                    f" ({details}). No other server was rebooted. Repair it"
                    " (docs/runbooks/lost-front-door.md), then run pulumi up again"
                )
            await asyncio.sleep(PAUSE_SECONDS)
