"""The SoftLayer API on the wire: REST and XML-RPC, masks, filters, faults."""
