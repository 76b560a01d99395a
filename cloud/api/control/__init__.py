"""The control endpoint of tests: faults on demand, stalled transactions, counts of calls."""
