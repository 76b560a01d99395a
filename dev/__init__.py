"""What makes the program run on one machine without an account: its environment, the engine, the images."""
