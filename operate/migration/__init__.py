"""Legacy images from their Swift container into a v2 registry: no legacy daemon, and resumable.

layout -> plan -> (layer -> placement) -> conversion -> verification -> report. `layout`, `plan` and
`conversion` are pure; `legacy_store` and `registry` are the two ends.
"""
