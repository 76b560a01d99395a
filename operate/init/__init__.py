"""The first stack file of an environment: a few questions, checked against the account."""
