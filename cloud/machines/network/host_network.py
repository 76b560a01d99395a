"""This host's part of the machines' network: forwarding, translation to the outside, and no way in."""

import json
from pathlib import Path

from cloud.machines.host_command import host
from cloud.machines.layout import RUNTIME_ROOT, Layout
from cloud.machines.network.free_network import has_other_clouds, runtime_lock

_FORWARDING = Path("/proc/sys/net/ipv4/ip_forward")
# There while a local cloud has switched forwarding on; the last one to leave switches it off again.
_SWITCHED_ON = RUNTIME_ROOT / "softlayer.forwarding"

# Only this host and the cloud's own machines may begin a connection to a machine or to a bridge's address.
# What leads to none of its bridges, such as a global IP that is not routed, never leaves this host.
_RULES = """\
table inet {table}
delete table inet {table}
table inet {table} {{
  chain outside {{
    type nat hook postrouting priority srcnat; policy accept;
    ip saddr {network} ip daddr != {network} masquerade
  }}
  chain from_host {{
    type filter hook output priority filter; policy accept;
    ip daddr {network} oifname != "lo" oifname != "{bridges}*" reject with icmp host-unreachable
  }}
  chain through {{
    type filter hook forward priority filter; policy accept;
    ip daddr {network} oifname != "{bridges}*" reject with icmp host-unreachable
    ip daddr {network} ct state established,related accept
    ip daddr {network} ip saddr != {network} drop
  }}
  chain within {{
    type filter hook input priority filter; policy accept;
    ip daddr {network} iifname "lo" accept
    ip daddr {network} iifname "{bridges}*" accept
    ip daddr {network} drop
  }}
}}
"""


def raise_network(layout: Layout, network: str) -> None:
    """Put forwarding and the rules of this cloud in place; again without harm.

    Args:
        layout: Layout of this cloud.
        network: Network of the cloud, a /16.

    Raises:
        MachineError: The host refuses.
    """
    rules = _RULES.format(table=layout.table, network=network, bridges=layout.bridge_prefix)
    host(["nft", "-f", "-"], text_in=rules)
    _pass_foreign_filters(layout)
    with runtime_lock():
        if _FORWARDING.read_text().strip() == "0":
            _SWITCHED_ON.touch()
            _FORWARDING.write_text("1\n")


def lower_network(layout: Layout) -> None:
    """Remove the rules, the bridges and, as the last cloud, the forwarding; again without harm."""
    _remove_foreign_passes(layout)
    rules = f"table inet {layout.table}\ndelete table inet {layout.table}\n"
    host(["nft", "-f", "-"], text_in=rules)
    for bridge in bridges(layout):
        host(["ip", "link", "delete", bridge])
    with runtime_lock():
        if _SWITCHED_ON.exists() and not has_other_clouds(layout):
            _FORWARDING.write_text("0\n")
            _SWITCHED_ON.unlink()


def bridges(layout: Layout) -> list[str]:
    """Return the names of this cloud's bridges that exist."""
    links = json.loads(host(["ip", "-json", "link", "show", "type", "bridge"]) or "[]")
    return [link["ifname"] for link in links if link.get("ifname", "").startswith(layout.bridge_prefix)]


def _pass_foreign_filters(layout: Layout) -> None:
    """Let this cloud's traffic through a Docker of the host's own, which drops what it does not know."""
    _remove_foreign_passes(layout)
    for entry in _ruleset():
        chain = entry.get("chain", {})
        if chain.get("hook") == "forward" and chain.get("policy") == "drop":
            for side in ("iifname", "oifname"):
                host([
                    "nft", "insert", "rule", chain["family"], chain["table"], chain["name"],
                    side, f"{layout.bridge_prefix}*", "accept", "comment", f'"{layout.table}"',
                ])  # fmt: skip


def _remove_foreign_passes(layout: Layout) -> None:
    for entry in _ruleset():
        rule = entry.get("rule", {})
        if rule.get("comment") == layout.table:
            place = [rule["family"], rule["table"], rule["chain"]]
            host(["nft", "delete", "rule", *place, "handle", str(rule["handle"])])


def _ruleset() -> list[dict[str, dict[str, str]]]:
    entries: list[dict[str, dict[str, str]]] = json.loads(host(["nft", "-json", "list", "ruleset"]))[
        "nftables"
    ]
    return entries
