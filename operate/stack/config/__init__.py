"""What commands read of a stack file, and write to it."""
