"""Options of swaps in tests: they do what every swap does, and wait less."""

QUICK = ("--bake", "0.05", "--idle", "2", "--reads", "5", "--throttle", "0")
