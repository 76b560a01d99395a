"""The transactions that take each resource from its order to ready, and from cancel to deleted."""
