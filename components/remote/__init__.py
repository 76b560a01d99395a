"""What runs on servers, by SSH."""
