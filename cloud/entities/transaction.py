"""Transactions of the provisioning system."""

from cloud.clock import elapsed_seconds
from cloud.provisioning.stages import NETWORK, stage_named
from cloud.state.records import Transaction
from cloud.values import Entity, Value, structure


def transaction_entity(
    transaction: Transaction, guest_id: int | None, hardware_id: int | None = None
) -> Entity:
    """Return a SoftLayer_Provisioning_Version1_Transaction; averageDuration is in minutes, as text."""
    stage = stage_named(transaction.name)
    status = structure(
        "SoftLayer_Provisioning_Version1_Transaction_Status",
        {
            "averageDuration": f"{stage.minutes:.2f}",
            "friendlyName": stage.friendly,
            "name": stage.name,
        },
    )
    reclaiming = "RECLAIM" in transaction.name or "TEAR_DOWN" in transaction.name
    kinds = (("RELOAD", "Reload"), ("UPGRADE", "Upgrade"))
    kind = next((word for part, word in kinds if part in transaction.name), "Provision")
    owner = "Cloud Instance" if hardware_id is None else "Hardware"
    group = f"{owner} {'Reclaim' if reclaiming else kind}"
    if stage in NETWORK:
        group = "Network"
    local: dict[str, Value] = {
        "id": transaction.id,
        "createDate": transaction.created,
        "modifyDate": transaction.created,
        "statusChangeDate": transaction.created,
        "elapsedSeconds": elapsed_seconds(transaction.created),
        "guestId": guest_id,
        "hardwareId": hardware_id,
        "transactionStatus": status,
    }
    return Entity(
        "SoftLayer_Provisioning_Version1_Transaction",
        local,
        {
            "transactionGroup": lambda: structure(
                "SoftLayer_Provisioning_Version1_Transaction_Group", {"name": group}
            )
        },
    )
