"""A stack by Pulumi: its Automation API, its commands, what they print, and how they are interrupted."""
