"""SSH host keys of servers: made at a first contact that nobody can forge, and read later."""
