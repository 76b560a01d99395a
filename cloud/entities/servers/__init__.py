"""Virtual servers, bare metal, and what belongs to both as SoftLayer's objects."""
