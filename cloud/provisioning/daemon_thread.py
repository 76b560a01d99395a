"""Blocking work beside the event loop, which never keeps a stopping process waiting."""

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


async def in_daemon_thread(work: Callable[[], T]) -> T:
    """Do blocking work in a thread of its own and answer its result.

    Unlike asyncio's own threads it is not joined when the loop or the interpreter ends: starting a machine
    takes minutes, and is simply done again after a restart.

    Raises:
        Exception: Whatever the work raised.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def settle(act: Callable[[], None]) -> None:
        def quietly() -> None:
            if not future.done():
                act()

        if not loop.is_closed():
            loop.call_soon_threadsafe(quietly)

    def run() -> None:
        try:
            result = work()
        except Exception as raised:
            error = raised
            settle(lambda: future.set_exception(error))
        else:
            settle(lambda: future.set_result(result))

    threading.Thread(target=run, daemon=True).start()
    return await future
