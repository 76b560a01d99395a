"""Work in the background ends before the program does."""

import subprocess
import sys

from dev.local.environment import CHECKOUT

PROGRAM = """
import time
from concurrent.futures import ThreadPoolExecutor
from operate.stack.background import finish_background, in_background

def ask():
    time.sleep(0.3)
    # As gRPC's server does for each event of Pulumi; an interpreter that is shutting down refuses it.
    return ThreadPoolExecutor(1).submit(print, "asked").result()

try:
    in_background(ask)
    raise SystemExit(4)
finally:
    finish_background()
"""


def test_a_program_that_fails_waits_for_what_it_has_begun() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (4, "asked\n", "")
