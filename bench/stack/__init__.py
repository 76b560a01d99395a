"""Whole stacks: how long `pulumi up` and a recovery take."""
