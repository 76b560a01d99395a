"""Packages, prices, orders, billing items and tickets as SoftLayer's objects."""
