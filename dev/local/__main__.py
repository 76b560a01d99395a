"""`python -m dev.local`."""

from dev.local.command_line import app
from dev.local.process import pass_signals_on

pass_signals_on()
app()
