"""The registry: its generations, colours and releases, how much it takes on, and what it accepts."""
