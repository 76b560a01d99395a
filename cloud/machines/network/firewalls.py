"""Security groups on this host: nftables rules around single addresses of machines. Stateful.

A table of their own, since the network's table is recreated whenever the cloud starts. What is not
permitted is dropped without an answer, as the real cloud does. Traffic between machines of one datacenter
stays on their bridge, where these rules see it only while the kernel's bridge filter hands it over.
"""

from collections.abc import Iterable
from pathlib import Path

from cloud.interfaces import AllowRule, FirewallPolicy, MachineError
from cloud.machines.host_command import host
from cloud.machines.layout import Layout

PROVISIONING_MARK = 0x534C
"""Marks the packets of the cloud's own readiness check of a new machine, which no policy drops."""
_BRIDGE_FILTER = Path("/proc/sys/net/bridge/bridge-nf-call-iptables")

# After the network's own chains, so that what those drop stays dropped.
_TABLE = """\
table inet {table}
delete table inet {table}
table inet {table} {{
{chains}
  chain through {{
    type filter hook forward priority filter + 5; policy accept;
    ct state established,related accept
{leaving}{arriving}  }}
  chain to_host {{
    type filter hook input priority filter + 5; policy accept;
    ct state established,related accept
{leaving}  }}
  chain from_host {{
    type filter hook output priority filter + 5; policy accept;
    meta mark {mark} accept
    ct state established,related accept
{arriving}  }}
}}
"""


def apply_firewalls(layout: Layout, policies: tuple[FirewallPolicy, ...]) -> None:
    """Replace all firewall policies by these, atomically.

    Raises:
        MachineError: The host refuses, or would not see what passes between machines of one bridge.
    """
    if policies:
        _watch_bridges()
    host(["nft", "-f", "-"], text_in=ruleset(f"{layout.table}_walls", policies))


def remove_firewalls(layout: Layout) -> None:
    """Remove them all; again without harm."""
    table = f"{layout.table}_walls"
    host(["nft", "-f", "-"], text_in=f"table inet {table}\ndelete table inet {table}\n")


def ruleset(table: str, policies: tuple[FirewallPolicy, ...]) -> str:
    """Return the nftables text of the policies. Pure."""
    if not policies:
        return f"table inet {table}\ndelete table inet {table}\n"
    chains = "\n".join(_chains(number, policy) for number, policy in enumerate(policies))
    return _TABLE.format(
        table=table,
        mark=PROVISIONING_MARK,
        chains=chains,
        leaving=_verdicts("saddr", "leaving", policies),
        arriving=_verdicts("daddr", "arriving", policies),
    )


def _verdicts(side: str, chain: str, policies: tuple[FirewallPolicy, ...]) -> str:
    pairs = [
        f"{address} : jump {chain}_{number}"
        for number, policy in enumerate(policies)
        for address in policy.addresses
    ]
    return f"    ip {side} vmap {{ {', '.join(pairs)} }}\n" if pairs else ""


def _chains(number: int, policy: FirewallPolicy) -> str:
    arriving = [line for rule in policy.allow_rules if rule.inbound for line in _passes(rule, "saddr")]
    leaving = [line for rule in policy.allow_rules if not rule.inbound for line in _passes(rule, "daddr")]
    return "\n".join((
        *_chain(f"arriving_{number}", arriving),
        *_chain(f"leaving_{number}", leaving),
    ))  # fmt: skip


def _chain(name: str, lines: Iterable[str]) -> tuple[str, ...]:
    return (f"  chain {name} {{", *(f"    {line}" for line in lines), "    drop", "  }")


def _passes(rule: AllowRule, side: str) -> list[str]:
    """`return`, not `accept`: the other end may have a policy of its own."""
    if rule.peers == ():
        return []
    who = f"ip {side} {{ {', '.join(rule.peers)} }} " if rule.peers is not None else ""
    return [f"{who}{_what(rule)}return"]


def _what(rule: AllowRule) -> str:
    if rule.protocol is None:
        return ""
    if rule.protocol == "icmp":
        kind = "" if rule.first is None else f"icmp type {rule.first} "
        return f"ip protocol icmp {kind}" + ("" if rule.last is None else f"icmp code {rule.last} ")
    if rule.protocol == "vrrp" or rule.first is None:
        return f"ip protocol {rule.protocol} "
    return f"{rule.protocol} dport {rule.first}-{rule.last or rule.first} "


def _watch_bridges() -> None:
    if not _BRIDGE_FILTER.exists():
        raise MachineError(
            "security groups need the kernel's bridge filter, which this host lacks; run modprobe"
            " br_netfilter"
        )
    if _BRIDGE_FILTER.read_text().strip() != "1":
        _BRIDGE_FILTER.write_text("1\n")
