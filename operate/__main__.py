"""`python -m operate`."""

import sys

from operate.cli.command_line import app
from operate.program_name import naming_stream
from operate.stack.background import finish_background
from operate.stack.process.interrupts import pass_interrupts_on

pass_interrupts_on()
# httpx imports its own command line where Rich and click are installed: half of what it takes to load.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
sys.stdout, sys.stderr = naming_stream(sys.stdout), naming_stream(sys.stderr)
try:
    app(prog_name="operate")
finally:
    finish_background()
