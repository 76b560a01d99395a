"""The account: what its owner may do. Every action is on disk when it returns."""
