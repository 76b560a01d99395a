"""Questions to servers by SSH before Pulumi is sent there."""
