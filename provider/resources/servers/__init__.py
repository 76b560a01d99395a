"""What virtual and bare metal servers have in common."""
