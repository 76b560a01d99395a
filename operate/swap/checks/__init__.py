"""What a colour must pass before and after it goes live."""
