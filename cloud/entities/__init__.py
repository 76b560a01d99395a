"""SoftLayer's objects, made from the records on request."""
