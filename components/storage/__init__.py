"""Where registries keep their images."""
