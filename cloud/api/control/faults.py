"""Faults on demand: which a test may ask for, one by one or at random from a seed. Pure decisions."""

from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal, get_args

from cloud import arguments, faults
from cloud.seeded_random import fraction
from cloud.values import Json

TransportFaultKind = Literal[
    "timeout_before_accept",
    "timeout_after_accept",
    "reset_before_accept",
    "reset_after_accept",
    "error_500_before",
    "error_500_after",
]
ApiFaultKind = Literal[
    "rate_limit",
    "capacity_refused",
    "account_locked",
    "too_much_data",
    "not_ready",
    "transaction_running",
    "before_anniversary",
]
Kind = TransportFaultKind | ApiFaultKind

# What comes as a proper fault of the API, before the call has done anything.
API_FAULTS: dict[Kind, Callable[[], faults.ApiFault]] = {
    "rate_limit": faults.rate_limit,
    "capacity_refused": faults.no_capacity,
    "account_locked": faults.account_locked,
    "too_much_data": faults.too_much_data,
    "not_ready": faults.not_provisioned,
    "transaction_running": faults.outstanding_transaction,
    "before_anniversary": faults.before_anniversary,
}
AFTER_ACCEPT: frozenset[Kind] = frozenset({"timeout_after_accept", "reset_after_accept", "error_500_after"})
KINDS: tuple[Kind, ...] = (*get_args(TransportFaultKind), *get_args(ApiFaultKind))
_LONGEST = 600


@dataclass(frozen=True)
class PlannedFault:
    """A fault to come: on which `Service::method`, of which kind, how often, and for a time-out how long."""

    method: str
    kind: Kind
    times: int
    seconds: float


@dataclass(frozen=True)
class RandomFaults:
    """Faults injected at random, the same ones for the same seed.

    Attributes:
        seed: Seed of all chance, any number.
        chance: Probability that a call fails, 0 to 1.
        methods: `Service::method` patterns, as in file names (`SoftLayer_Virtual_Guest::*`).
        kinds: The faults to choose from, each as likely.
        seconds: How long the time-outs among them take.
    """

    seed: int
    chance: float
    methods: tuple[str, ...]
    kinds: tuple[Kind, ...]
    seconds: float

    def draw(self, method: str, nth: int) -> PlannedFault | None:
        """Return the fault of a method's nth call (from 1), or None.

        It depends on the seed, the method and the number alone: calls in parallel to other methods change
        nothing.
        """
        if not any(fnmatchcase(method, pattern) for pattern in self.methods):
            return None
        if fraction(self.seed, "whether", method, nth) >= self.chance:
            return None
        which = int(fraction(self.seed, "which", method, nth) * len(self.kinds))
        return PlannedFault(method, self.kinds[which], 1, self.seconds)


def read_planned_fault(value: Json) -> PlannedFault:
    """Return the fault that a test requests.

    Raises:
        ApiFault: The request does not describe one.
    """
    properties = arguments.mapping(value, "The fault")
    method, kind = arguments.text(properties, "method"), _kind(properties.get("kind"))
    if kind is None or "::" not in method:
        raise faults.invalid_parameter(
            f"A method (Service::method) and a kind of {', '.join(KINDS)} are needed."
        )
    times = arguments.number(properties.get("times"), "times")
    return PlannedFault(method, kind, 1 if times is None else times, _seconds(properties))


def read_random_faults(value: Json) -> RandomFaults:
    """Return the random faults that a test requests; every method and every kind where it names none.

    Raises:
        ApiFault: The request does not describe any.
    """
    properties = arguments.mapping(value, "The random faults")
    seed, share = arguments.number(properties.get("seed"), "seed"), chance(properties)
    kinds = [_kind(kind) for kind in arguments.sequence(properties, "kinds") or KINDS]
    methods = [str(method) for method in arguments.sequence(properties, "methods") or ("*",)]
    if seed is None or None in kinds:
        raise faults.invalid_parameter(f"A seed and kinds of {', '.join(KINDS)} are needed.")
    return RandomFaults(
        seed, share, tuple(methods), tuple(kind for kind in kinds if kind is not None), _seconds(properties)
    )


def chance(properties: dict[str, Json]) -> float:
    """Return the `chance` of a request.

    Raises:
        ApiFault: The chance is absent, or not from 0 to 1.
    """
    share = properties.get("chance")
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 1:
        raise faults.invalid_value("chance", "0 to 1 are possible.")
    return float(share)


def _kind(value: object) -> Kind | None:
    return next((kind for kind in KINDS if kind == value), None)


def _seconds(properties: dict[str, Json]) -> float:
    pause = properties.get("seconds", 0)
    if isinstance(pause, bool) or not isinstance(pause, int | float) or not 0 <= pause <= _LONGEST:
        raise faults.invalid_value("seconds", f"0 to {_LONGEST} are possible.")
    return float(pause)
