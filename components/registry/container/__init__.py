"""The container that a release of a registry runs in: what it is created from, its files and its health."""
