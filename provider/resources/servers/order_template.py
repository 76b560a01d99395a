"""What the orders of virtual and bare metal servers have in common. Pure; source: SLDN createObject."""

from provider.resources.virtual_guest.placement_fields import placement_fields
from provider.resources.virtual_guest.view import full_hostname
from provider.values import Properties, flag, text, whole, wholes


def server_template(inputs: Properties, token: str) -> dict[str, object]:
    """Return the part of an order that does not depend on the kind of server.

    Args:
        inputs: Checked inputs.
        token: The order token, which the host name ends with; "" for none.
    """
    template: dict[str, object] = {
        "hostname": full_hostname(inputs, token),
        "domain": text(inputs, "domain"),
        "datacenter": {"name": text(inputs, "datacenter")},
        "operatingSystemReferenceCode": text(inputs, "osCode"),
        "hourlyBillingFlag": flag(inputs, "hourly"),
        "privateNetworkOnlyFlag": flag(inputs, "privateNetworkOnly"),
        **placement_fields(inputs),
    }
    if whole(inputs, "networkSpeed"):
        template["networkComponents"] = [{"maxSpeed": whole(inputs, "networkSpeed")}]
    if wholes(inputs, "sshKeyIds"):
        template["sshKeys"] = [{"id": key} for key in wholes(inputs, "sshKeyIds")]
    if text(inputs, "userData"):
        template["userData"] = [{"value": text(inputs, "userData")}]
    if text(inputs, "postInstallScriptUri"):
        template["postInstallScriptUri"] = text(inputs, "postInstallScriptUri")
    return template
