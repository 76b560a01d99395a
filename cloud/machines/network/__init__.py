"""The machines' network on this host: its addresses, the way in and out, security groups, global IPs."""
