"""Two servers of a stack file: the registry and a client."""

SERVERS = [
    {"name": "a", "datacenter": "dal05", "os": "DEBIAN_12_64", "cpus": 1, "memory": 2048},
    {"name": "b", "datacenter": "dal05", "os": "DEBIAN_12_64", "cpus": 1, "memory": 2048, "role": "client"},
]
