"""The servers of a stack, reached by SSH."""
