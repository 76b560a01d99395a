"""The front doors: which servers have one, their limits, and a move that is under way."""
