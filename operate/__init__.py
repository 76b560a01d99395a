"""Day two, outside `pulumi up`: one command line that reaches a stack by its outputs only."""
