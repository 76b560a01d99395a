"""Who is let in and by what: keys, users, roles, secrets and certificates."""
