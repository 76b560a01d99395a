"""Names a datacenter that is not known at its place, as the reason of what follows from it; pure.

An unknown datacenter alone is no mistake: SoftLayer may have built it, and the account decides. Beside
mistakes it is named first, and those that would vanish with the datacenter that was meant are told there.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from messages.datacenters import DATACENTERS, LIKENESS, is_datacenter_name
from messages.nearest import nearest_hint, nearest_names

_KEYS = ("objectDatacenter", "homeDatacenter")
"""Settings that are a datacenter's name."""
_SERVERS, _DATACENTER, _RELEASES, _OBJECT = "servers", "datacenter", "releases", "objectDatacenter"


def explain_unknown_datacenters(
    values: Mapping[str, object],
    problems: Sequence[str],
    judge: Callable[[Mapping[str, object]], Collection[str]],
) -> list[str]:
    """Return mistakes with the unknown datacenters first, each with the mistakes that follow only from it.

    Args:
        values: Values of the stack file, without the namespace.
        problems: What is wrong with them; none leaves an unknown datacenter to the account.
        judge: Returns what is wrong with the values alone, as the settings' reader does.
    """
    names = dict(_datacenter_settings(values))
    unknown = {place: name for place, name in names.items() if _is_unknown(name)}
    if not problems or not unknown:
        return list(problems)
    corrections = _corrections(unknown.values(), [name for name in names.values() if name in DATACENTERS])
    own, after = judge(values), judge(_corrected(values, corrections))
    derived = [
        problem for problem in problems if problem in own and _renamed(problem, corrections) not in after
    ]
    # What does not say which datacenter it is about stands at the first.
    consequences: dict[str, list[str]] = {place: [] for place in unknown}
    for problem in derived:
        place = next((place for place, name in unknown.items() if name in problem), next(iter(unknown)))
        consequences[place].append(problem)
    lines = [_line(place, name, consequences[place]) for place, name in unknown.items()]
    return [*lines, *(problem for problem in problems if problem not in derived)]


def _line(place: str, name: str, consequences: Sequence[str]) -> str:
    hint = nearest_hint(name, DATACENTERS, LIKENESS)
    remedy = "; ".join(consequences) or "leave it, and correct the other mistakes"
    return (
        f"{place}: no datacenter {name} is known here (messages/datacenters.py){hint}. Correct it; or, where"
        f" the account has it: {remedy}"
    )


def _is_unknown(name: str) -> bool:
    return is_datacenter_name(name) and name not in DATACENTERS


def _datacenter_settings(values: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Where the values name datacenters, and which."""
    servers, releases = values.get(_SERVERS), values.get(_RELEASES)
    for position, server in enumerate(servers if isinstance(servers, list) else ()):
        if isinstance(server, dict):
            yield f"{_SERVERS}[{position}].{_DATACENTER}", str(server.get(_DATACENTER))
    yield from ((key, str(values.get(key))) for key in _KEYS)
    for release, overrides in releases.items() if isinstance(releases, dict) else ():
        if isinstance(overrides, dict):
            yield f"{_RELEASES}.{release}.{_OBJECT}", str(overrides.get(_OBJECT))


def _corrections(unknown: Collection[str], used: Sequence[str]) -> Mapping[str, str]:
    """What was perhaps meant, by unknown names: of the nearest first one that the stack uses elsewhere."""
    corrections = {}
    for name in unknown:
        nearest = nearest_names(name, DATACENTERS, LIKENESS)
        if candidates := [*(near for near in nearest if near in used), *nearest, *used]:
            corrections[name] = candidates[0]
    return corrections


def _corrected(values: Mapping[str, object], corrections: Mapping[str, str]) -> Mapping[str, object]:
    """The values with what was meant in each place of `_datacenter_settings`."""
    corrected = {key: _correct(values[key], corrections) if key in _KEYS else values[key] for key in values}
    servers, releases = values.get(_SERVERS), values.get(_RELEASES)
    if isinstance(servers, list):
        corrected[_SERVERS] = [_correct_key(server, _DATACENTER, corrections) for server in servers]
    if isinstance(releases, dict):
        corrected[_RELEASES] = {
            release: _correct_key(overrides, _OBJECT, corrections) for release, overrides in releases.items()
        }
    return corrected


def _correct_key(values: object, key: str, corrections: Mapping[str, str]) -> object:
    if not isinstance(values, dict) or key not in values:
        return values
    return {**values, key: _correct(values[key], corrections)}


def _correct(value: object, corrections: Mapping[str, str]) -> object:
    return corrections.get(value, value) if isinstance(value, str) else value


def _renamed(problem: str, corrections: Mapping[str, str]) -> str:
    for name, correction in corrections.items():
        problem = problem.replace(name, correction)
    return problem
