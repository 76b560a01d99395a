"""The policy pack: what a stack may cost. Runs in an environment of its own, see requirements.in."""
