"""Orders and refreshes by the provider."""
