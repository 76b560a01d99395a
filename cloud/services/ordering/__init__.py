"""The services of packages, orders, billing and tickets."""
