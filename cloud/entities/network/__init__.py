"""VLANs, subnets, addresses, global IPs and security groups as SoftLayer's objects."""
