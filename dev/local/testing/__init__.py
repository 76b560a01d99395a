"""What proves a change: linters, the tests by tier, their coverage, and campaigns."""
