"""Lists a registry's repositories, tags and artifacts, and deletes tags."""
