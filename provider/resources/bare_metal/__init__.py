"""The resource BareMetalServer: its fields, order, waits, reload and cancellation."""
