"""Component resources: what a registry on SoftLayer is made of, one a file."""
