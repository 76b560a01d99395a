"""`python -m cloud`: the local cloud's command line."""

from cloud.command_line import app

app(prog_name="cloud")
