"""What `operate doctor` observes, a file for each that judges it; probes decide nothing."""
