"""The SoftLayer plugin for Pulumi: `pulumi-resource-softlayer`.

It has three layers, each of which knows only the next: `protocol` (gRPC; the only part that knows Pulumi's
protocol), `resources` (pure handlers on plain data), and the session (`session`, `softlayer`, `swift`) that
calls the cloud. `orders` makes sure that an order is placed once. Programs import nothing from here; they use
`pulumi_softlayer`.
"""
