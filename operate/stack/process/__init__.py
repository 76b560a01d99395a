"""Pulumi as a process beside a command: the signals that end either."""
