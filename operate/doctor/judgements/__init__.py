"""What `operate doctor` says of what probes have observed; pure."""
