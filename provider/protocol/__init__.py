"""The gRPC side: the only part of the plugin that knows Pulumi's protocol."""
