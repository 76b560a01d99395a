"""What front doors cost and withstand."""
