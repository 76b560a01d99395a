"""The local cloud: the SoftLayer API over real machines and a real Swift."""
