"""What a stack's state and the events of its runs say, and what leaves the state."""
