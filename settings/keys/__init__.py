"""Keys of a stack file that are no settings, and what follows from one that is mistyped."""
