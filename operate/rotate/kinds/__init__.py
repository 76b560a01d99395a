"""Keys and passphrases that are no settings of the registry, each replaced by steps of its own."""
