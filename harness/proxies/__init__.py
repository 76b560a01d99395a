"""HAProxy on this machine as servers have it, in front of registries and storage."""
