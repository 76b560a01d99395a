"""`python -m operate`."""

from operate.command_line import app

app(prog_name="python -m operate")
