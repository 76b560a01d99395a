"""What every bench is as a command: a signal that ends it lets it stop what it has started."""

import sys
from collections.abc import Callable
from typing import NoReturn

from messages.ending_signal import EndingSignal, on_ending_signals


def run_command(main: Callable[[], int | None]) -> NoReturn:
    """Run a bench and end the process with its exit code, or with that of the signal that ended it.

    Without this, a SIGTERM would leave its cloud, machines and containers behind.

    Args:
        main: The bench; returns its exit code, None for 0.

    Raises:
        SystemExit: Always.
    """
    on_ending_signals(lambda: None)
    try:
        sys.exit(main())
    except EndingSignal as ending:
        sys.exit(ending.exit_code)
