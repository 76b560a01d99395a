"""A stack by Pulumi: its Automation API, its commands, and what they print."""
