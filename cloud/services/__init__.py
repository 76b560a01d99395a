"""The SoftLayer services, one a module: what each answers from the account's state."""
