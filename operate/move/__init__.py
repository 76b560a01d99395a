"""Moving the registry to another server: its front door is built there, and the address led to it."""
