"""Who may use the registry: certificates, users and the root of all secrets."""
