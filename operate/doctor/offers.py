"""Judges whether the account offers what the stack file's servers are to be ordered from; pure."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from messages.nearest import nearest_hint
from operate.doctor.finding import Finding, error, note, ok
from operate.init.answers import Locations, Sizes

EVERYWHERE = ""
"""Key of the sizes that the account offers in any datacenter."""
_MOST_LISTED = 6
"""Names that are listed where none is near (choice)."""


@dataclass(frozen=True)
class OffersObservation:
    """A stack file beside what the account offers.

    Attributes:
        file: the stack's file.
        servers: entries of its list `servers`, as they are.
        object_datacenter: its setting `objectDatacenter`; "" where it has none.
        locations: datacenters and operating systems of the account.
        sizes: flavors and presets by datacenter; those of `EVERYWHERE` are for a datacenter that is wrong.
        existing: servers that the stack has, DATACENTER-NAME.
    """

    file: str
    servers: Sequence[object]
    object_datacenter: str
    locations: Locations
    sizes: Mapping[str, Sizes]
    existing: Collection[str] = field(default=frozenset())


def judge_offers(environment: str, observed: OffersObservation) -> Sequence[Finding]:
    """Judge every name that an order takes from the account's lists, each with the nearest.

    What a server was ordered from may have left the lists since, which is a note: an order alone needs it.

    Args:
        environment: name of the stack.
        observed: the stack file and the account's lists.
    """
    remedy = f"correct it in {observed.file}, then run operate doctor {environment}"
    findings = []
    for position, server in enumerate(observed.servers):
        values = server if isinstance(server, dict) else {}
        name = f"{values.get('datacenter')}-{values.get('name')}"
        for key, problem in _server_problems(values, observed):
            what = f"servers[{position}].{key}: {problem}"
            if name in observed.existing:
                text = f"{what} (server {name}, which exists: it matters once it is ordered again)"
                findings.append(note(text, remedy))
            else:
                findings.append(error(f"{what} (server {name})", remedy))
    datacenters = observed.locations.datacenters
    if problem := _problem(observed.object_datacenter, datacenters, "datacenter of this account"):
        findings.append(error(f"objectDatacenter: {problem}", remedy))
    return findings or (ok("the account offers the datacenters, systems and sizes of the stack file"),)


def _server_problems(values: Mapping[str, object], observed: OffersObservation) -> Iterator[tuple[str, str]]:
    """What the account does not offer of a server, by key."""
    datacenter, system = str(values.get("datacenter") or ""), str(values.get("os") or "")
    locations = observed.locations
    # The cloud takes the kind LATEST without listing it.
    listed_system = "" if "LATEST" in system else system
    place = f"in {datacenter}" if datacenter in observed.sizes else "of this account"
    sizes = observed.sizes.get(datacenter) or observed.sizes.get(EVERYWHERE) or Sizes()
    for key, value, offered, noun in (
        ("datacenter", datacenter, locations.datacenters, "datacenter of this account"),
        ("os", listed_system, locations.all_systems, "operating system reference code of this account"),
        ("flavor", str(values.get("flavor") or ""), sizes.flavors, f"flavor {place}"),
        ("preset", str(values.get("preset") or ""), sizes.presets, f"preset {place}"),
    ):
        if problem := _problem(value, offered, noun):
            yield key, problem


def _problem(value: str, offered: Collection[str], noun: str) -> str:
    """What is wrong with a name; an empty list judges nothing."""
    if not value or not offered or value in offered:
        return ""
    hint = nearest_hint(value, offered) or f"; they are {', '.join(sorted(offered)[:_MOST_LISTED])}, ..."
    return f"{value!r} is no {noun}{hint}"
