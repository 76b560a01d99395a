"""What people read in a terminal: what a program waits for, names that they may have meant, and counts."""
