"""A stack's metrics for Prometheus: where they are, alert rules, a Grafana dashboard, and the way to them."""
