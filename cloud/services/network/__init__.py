"""The services of VLANs, subnets, addresses, global IPs and security groups."""
