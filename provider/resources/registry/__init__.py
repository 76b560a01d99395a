"""The resource RegistryPlacement: which servers carry the registry, and which changes would move it."""
