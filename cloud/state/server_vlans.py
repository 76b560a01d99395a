"""On which VLANs a server is."""

from cloud.catalog.datacenters import find_datacenter
from cloud.catalog.networks import Vlan, find_vlan
from cloud.state.server_record import Server


def vlans(server: Server) -> tuple[Vlan, ...]:
    """Return the server's VLANs: the private one, and the public one unless it has none."""
    home = find_datacenter(server.datacenter)
    if home is None:
        return ()
    private = find_vlan(server.private_vlan) or Vlan(home, "PRIVATE")
    if server.private_only:
        return (private,)
    return (private, find_vlan(server.public_vlan) or Vlan(home, "PUBLIC"))
