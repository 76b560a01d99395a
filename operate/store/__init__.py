"""Where operators keep what they share: the lock, the swap under way, the history."""
