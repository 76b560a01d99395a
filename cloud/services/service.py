"""What a SoftLayer service is here: methods of its own, and objects whose relations are methods too."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from cloud import faults
from cloud.arguments import argument
from cloud.values import Entity, Json, Relation, Value

A = TypeVar("A")
V = TypeVar("V")


@dataclass(frozen=True)
class Call:
    """One call as a service sees it: the object's identifier, if any, and the arguments."""

    identifier: str | None
    arguments: tuple[Json, ...]

    def argument(self, at: int) -> Json:
        """Return one argument by its place; None where the call has fewer."""
        return argument(self.arguments, at)


Method = Callable[[Call], Value]


@dataclass(frozen=True)
class Service:
    """One service.

    Attributes:
        name: Name such as `SoftLayer_Virtual_Guest`.
        find: The object of an identifier, raising `ApiFault` where there is none; None for a service
            without objects. It is given None when the caller named no object.
        methods: Methods beyond getObject and the relations' `getX`.
        filter_roots: Second names under which a filter of a relation's `getX` may stand.
        account_relations: Relations of SoftLayer_Account that list its objects.
        sample: What its createObject makes a sample of for docs/reference/api.md; None where it has no
            createObject, or is sampled by an order.
    """

    name: str
    find: Callable[[str | None], Entity] | None = None
    methods: Mapping[str, Method] = field(default_factory=dict)
    filter_roots: Mapping[str, str] = field(default_factory=dict)
    account_relations: Mapping[str, Relation] = field(default_factory=dict)
    sample: dict[str, Json] | None = None

    def object(self, identifier: str | None) -> Entity:
        """Return the object a call is about.

        Raises:
            ApiFault: The call names no object, or one that does not exist.
        """
        if self.find is None:
            raise faults.no_identifier(self.name)
        return self.find(identifier)


def merge_by_name(services: Iterable[Service]) -> dict[str, Service]:
    """Return the services by name.

    Of one name they become one, which asks each until one knows the object.
    """
    by_name: dict[str, Service] = {}
    for service in services:
        by_name[service.name] = _both(by_name[service.name], service) if service.name in by_name else service
    return by_name


def _both(first: Service, second: Service) -> Service:
    methods = dict(second.methods)
    for name, method in first.methods.items():
        methods[name] = _in_turn(method, second.methods[name]) if name in second.methods else method
    find = first.find or second.find
    if first.find and second.find:
        find = _in_turn(first.find, second.find)
    return Service(
        first.name,
        find,
        methods,
        {**second.filter_roots, **first.filter_roots},
        {**second.account_relations, **first.account_relations},
        first.sample or second.sample,
    )


def _in_turn(first: Callable[[A], V], second: Callable[[A], V]) -> Callable[[A], V]:
    def ask(about: A) -> V:
        try:
            answer = first(about)
        except faults.ApiFault as fault:
            if fault.status != faults.not_found("0").status:
                raise
            return second(about)
        return second(about) if answer is None else answer

    return ask


def require_identifier(service: str, identifier: str | None) -> str:
    """Return the identifier of a call that needs one.

    Raises:
        ApiFault: The call has none.
    """
    if not identifier:
        raise faults.no_identifier(service)
    return identifier


def require_number(service: str, identifier: str | None) -> int:
    """Return the identifier as a number; one that is no number finds nothing.

    Raises:
        ApiFault: The call has none, or it is no number.
    """
    text = require_identifier(service, identifier)
    if not text.isdecimal() or len(text) > 18:
        raise faults.not_found(text[:80])
    return int(text)
