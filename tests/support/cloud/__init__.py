"""What tests of the local cloud share."""
