"""`python -m local`."""

from local.command_line import app

app()
