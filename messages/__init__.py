"""What people read in a terminal: what a program waits for, and the names that they may have meant."""
