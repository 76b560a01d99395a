"""HAProxy in front of registries and of the object storage."""
