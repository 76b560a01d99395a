"""Whether ordered servers fit into the placement groups they name."""

from collections import Counter
from collections.abc import Sequence

from cloud import faults
from cloud.account.requests import OrderRequest
from cloud.catalog.placement import MOST_GUESTS, router_vlan
from cloud.state.records import Guest, PlacementGroup
from cloud.state.store import Store


def check_placement(store: Store, requests: Sequence[OrderRequest]) -> None:
    """Refuse orders for a group that is unknown, full or elsewhere; the texts are a choice.

    Raises:
        ApiFault: Nothing may be booked.
    """
    requested = Counter[int]()
    for guest in (guest for request in requests for guest in request.guests):
        if guest.placement_group is None:
            continue
        group = store.get(PlacementGroup, guest.placement_group)
        if group is None:
            raise faults.not_found(str(guest.placement_group))
        home = router_vlan(group.router_id)
        if home is None or home.datacenter != guest.datacenter:
            raise faults.invalid_order(f"Placement group {group.id} is not in {guest.datacenter.name}.")
        requested[group.id] += 1
    for number, more in requested.items():
        present = sum(1 for guest in store.all(Guest) if guest.placement_group == number)
        if present + more > MOST_GUESTS:
            raise faults.invalid_order(
                f"Placement group {number} holds at most {MOST_GUESTS} virtual servers."
            )
