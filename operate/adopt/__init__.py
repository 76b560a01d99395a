"""Takes over a stack's servers and storage whose state is lost."""
