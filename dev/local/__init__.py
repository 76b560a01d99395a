"""The local environment: the same program and provider as anywhere, on a cloud on this machine."""
