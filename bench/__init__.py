"""What is measured, beside a limit or a peer in the same run."""
