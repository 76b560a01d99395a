"""Orders that are made once: their tokens, their journal on disk, and taking over what exists already."""
