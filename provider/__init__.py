"""The SoftLayer plugin for Pulumi: `pulumi-resource-softlayer`.

Three layers, each knowing only the next: `servicer` (gRPC; the only part that knows Pulumi's protocol),
`resources` (pure handlers on plain data), and the session (`session`, `softlayer_api`, `swift`) that calls
the cloud. Nothing here is imported by programs; they use `pulumi_softlayer`.
"""
