"""What can be ordered: datacenters, operating systems, flavors, items and their prices."""
