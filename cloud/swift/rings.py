"""The rings of one Swift: one device, one replica."""

from swift.common.ring import RingBuilder

from cloud.swift.configuration import INNER_SERVERS
from cloud.swift.site import DEVICE, PORTS, SwiftSite

# 2^4 partitions: with one device more of them only make more folders.
_PART_POWER = 4


def write_rings(site: SwiftSite) -> None:
    """Write the three rings, and the folder of their device."""
    (site.devices / DEVICE).mkdir(parents=True, exist_ok=True)
    for server in INNER_SERVERS:
        builder = RingBuilder(_PART_POWER, 1, 1)
        builder.add_dev(
            {
                "region": 1,
                "zone": 1,
                "ip": site.inner,
                "port": PORTS[server],
                "replication_ip": site.inner,
                "replication_port": PORTS[server],
                "device": DEVICE,
                "weight": 1.0,
                "meta": "",
            }
        )
        builder.rebalance(seed=1)
        builder.get_ring().save(str(site.etc / f"{server}.ring.gz"))
