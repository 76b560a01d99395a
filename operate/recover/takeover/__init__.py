"""A standby takes over from a front door that is lost."""
