"""The resource VirtualGuest: its fields, order, waits, upgrade, reload and cancellation."""
