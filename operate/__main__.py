"""`python -m operate`."""

import sys

from operate.command_line import app
from operate.local_environment import enter_local_environment

enter_local_environment(sys.argv[1:])
app(prog_name="operate")
