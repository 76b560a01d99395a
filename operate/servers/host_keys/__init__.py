"""SSH host keys of servers: which are believed, which are refused, and how they are compared."""
