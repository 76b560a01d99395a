"""The legacy end of a migration: the container of docker-registry 0.7.3, which is only read."""
