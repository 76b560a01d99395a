"""`python -m dev.local`."""

from dev.local.command_line import app

app()
