"""Real object storage: one OpenStack Swift a datacenter, with v1 auth as SoftLayer had it."""
