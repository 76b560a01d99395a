"""An event loop whose clock jumps: waiting costs nothing, so that hours of retries are tested in seconds."""

import asyncio
import selectors


class _Jumping(selectors.DefaultSelector):
    """Never waits: where the loop would sleep, its clock goes on by as much."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        events = super().select(0)
        if events or (timeout is not None and timeout <= 0):
            return events
        assert timeout is not None, "everybody waits for something that nobody does"
        self.now += timeout
        return events


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """Runs in one thread alone; `time` is what the loop itself made of it, from 0 on."""

    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now

    def end(self) -> None:
        """End every task that is left, and close."""
        tasks = asyncio.all_tasks(self)
        for task in tasks:
            task.cancel()
        if tasks:
            self.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self.close()
