"""What is known of a stack: its outputs, its file and its facts."""
