"""A page on the loopback that shows a stack's colours, doors, traffic and the swap going on, live."""
