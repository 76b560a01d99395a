"""The audit log: who did what, when, why, and how it ended."""
