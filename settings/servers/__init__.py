"""The servers, their operating systems, Docker's storage driver and their networks."""
