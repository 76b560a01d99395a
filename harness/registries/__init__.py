"""Registries of both generations as processes or containers of this machine, without a stack."""
