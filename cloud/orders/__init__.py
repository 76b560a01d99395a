"""Orders as the API takes them: templates and containers read into requests, and the responses."""
