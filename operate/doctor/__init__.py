"""What is wrong with a machine, an account, a stack and its clients, and the command that repairs it."""
