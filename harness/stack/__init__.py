"""A live stack on the local cloud, its operators, and what can be wrong with it."""
