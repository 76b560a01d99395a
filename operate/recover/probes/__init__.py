"""What a recovery asks servers by SSH before Pulumi is sent there."""
