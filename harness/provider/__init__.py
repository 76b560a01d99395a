"""The provider's plugin as the engine uses it, and servers for it."""
