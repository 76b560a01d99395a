"""A registry proves itself before it gets its endpoint."""
