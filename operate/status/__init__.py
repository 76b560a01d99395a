"""What `operate status` shows of a stack, and what an operator must see to."""
