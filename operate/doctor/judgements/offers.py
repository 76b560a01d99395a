"""Judges whether the account offers what the stack file's servers are to be ordered from; pure."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from messages.datacenters import LIKENESS
from messages.nearest import NAME_LIKENESS, SIZE_LIKENESS, choices_hint
from operate.doctor.finding import Area, CheckResult, Finding, Severity, error, note, ok
from operate.init.answers import Locations, Sizes

_FILE, _OFFERS = (Area.STACK, "stack file"), (Area.ACCOUNT, "offers")
_DATACENTER, _REGISTRY = "datacenter", "registry"
EVERYWHERE = ""
"""Key of the sizes that the account offers in any datacenter."""


@dataclass(frozen=True)
class OffersObservation:
    """A stack file beside what the account offers.

    Attributes:
        file: The stack's file.
        servers: Entries of the file's list `servers`, as they are.
        object_datacenter: Setting `objectDatacenter` of the file; "" where it has none.
        locations: Datacenters and operating systems of the account.
        sizes: Flavors and presets by datacenter; those of `EVERYWHERE` are for a datacenter that is wrong.
        existing: Servers that the stack has, DATACENTER-NAME.
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
        environment: Name of the stack.
        observed: The stack file and the account's lists.
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
    noun = "a datacenter of this account"
    if problem := _problem(observed.object_datacenter, datacenters, noun, LIKENESS):
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
    flavor, preset = str(values.get("flavor") or ""), str(values.get("preset") or "")
    # A server with the role registry may get a front door, which not every system can carry.
    has_doors = values.get("role", _REGISTRY) == _REGISTRY
    proposed: Sequence[str] = locations.systems if has_doors else ()
    code = "an operating system reference code of this account"
    for key, value, offered, noun, likeness, names in (
        ("datacenter", datacenter, locations.datacenters, "a datacenter of this account", LIKENESS, ()),
        ("os", listed_system, locations.all_systems, code, NAME_LIKENESS, proposed),
        ("flavor", flavor, sizes.flavors, f"a flavor {place}", SIZE_LIKENESS, ()),
        ("preset", preset, sizes.presets, f"a preset {place}", SIZE_LIKENESS, ()),
    ):
        if problem := _problem(value, offered, noun, likeness, names):
            yield key, problem


def _problem(
    value: str, offered: Collection[str], noun: str, likeness: float, proposed: Collection[str] = ()
) -> str:
    """What is wrong with a name; an empty list judges nothing.

    Args:
        value: Name as the stack file has it.
        offered: Names that the account offers.
        noun: What the name is of, for people.
        likeness: Share of letters in common from which a name counts as near.
        proposed: Names of which the nearest is proposed; all that are offered where empty.
    """
    if not value or not offered or value in offered:
        return ""
    return f"must be {noun}, got {value!r}{choices_hint(value, sorted(proposed or offered), likeness)}"


def without_repeated(results: Sequence[CheckResult]) -> tuple[CheckResult, ...]:
    """Return the results, with a mistake at a place of the stack file named by one check alone.

    The account decides which datacenters there are, and the program which operating systems work.

    Args:
        results: Results of all checks.
    """
    places = {(result.area, result.name): _places(result) for result in results}
    both = places.get(_FILE, set()) & places.get(_OFFERS, set())
    by_account = {place for place in both if place.lower().endswith(_DATACENTER)}
    omitted = {_FILE: by_account, _OFFERS: both - by_account}
    named_by = {_FILE: _OFFERS[1], _OFFERS: _FILE[1]}
    return tuple(
        _without(result, omitted[check], named_by[check])
        if (check := (result.area, result.name)) in omitted
        else result
        for result in results
    )


def _without(result: CheckResult, places: set[str], named_by: str) -> CheckResult:
    findings = tuple(finding for finding in result.findings if _place(finding) not in places)
    nothing_else = note(f"{', '.join(sorted(places))}: see the check `{named_by}`; nothing else is wrong")
    return replace(result, findings=findings or (nothing_else,))


def _places(result: CheckResult) -> set[str]:
    return {_place(finding) for finding in result.findings if finding.severity is Severity.ERROR}


def _place(finding: Finding) -> str:
    return finding.what.partition(": ")[0]
