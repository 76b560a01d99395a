"""One call to one answer, whichever wire it came by."""

from dataclasses import dataclass, field

from cloud import faults
from cloud.api import metadata, schema
from cloud.api.filter import select
from cloud.api.mask import Mask, project
from cloud.services.service import Call, Service
from cloud.values import Json, Value

_MOST_DEEP = 64


@dataclass(frozen=True)
class Request:
    """One call.

    Attributes:
        service: The service's name.
        method: The method's name.
        identifier: Identifier of the object, or None.
        arguments: Arguments of the method.
        mask: What the answer shall hold.
        wanted: The object filter, anything that is none counts as no filter.
        offset: How many of a list to skip.
        limit: How many of a list to answer at most; 0 for all.
    """

    service: str
    method: str
    identifier: str | None = None
    arguments: tuple[Json, ...] = ()
    mask: Mask = field(default_factory=Mask)
    object_filter: Json = None
    offset: int = 0
    limit: int = 0


@dataclass(frozen=True)
class Reply:
    """An answer, and for a list how many there are beyond the limit."""

    result: Json
    total: int | None = None


def check_depth(value: Json) -> None:
    """Refuse what is nested beyond reason, before anything walks it.

    Raises:
        ApiFault: The value is nested too deeply.
    """
    level: list[Json] = [value]
    for _ in range(_MOST_DEEP):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return
    raise faults.malformed_call("it is nested too deeply.")


def _inside(value: Json) -> list[Json]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


class Dispatcher:
    """Answers calls from the services."""

    def __init__(self, services: dict[str, Service]) -> None:
        self._services = services

    def answer(self, request: Request) -> Reply:
        """Answer one call.

        Raises:
            ApiFault: The fault to return to the caller.
        """
        service = self._services.get(request.service)
        if service is None:
            if request.service in metadata.services():
                raise _refusal(request)
            raise faults.unknown_service()
        value, object_filter = self._value(service, request)
        if (
            value is None
            or isinstance(value, bool | int | float | str)
            or not isinstance(value, list | tuple)
        ):
            return Reply(project(value, request.mask))
        objects = select(value, object_filter)
        end = request.offset + request.limit if request.limit > 0 else None
        page: list[Value] = objects[request.offset : end]
        return Reply(project(page, request.mask), len(objects))

    def _value(self, service: Service, request: Request) -> tuple[Value, Json]:
        """Return the method's result, and the filter that applies to it."""
        method = service.methods.get(request.method)
        if method is not None:
            return method(Call(request.identifier, request.arguments)), request.object_filter
        if service.find is None:
            raise _refusal(request)
        if request.method == "getObject":
            return service.object(request.identifier), None
        name = request.method[3:4].lower() + request.method[4:]
        if not request.method.startswith("get") or not name:
            raise _refusal(request)
        return self._relation(service, request, name)

    def _relation(self, service: Service, request: Request, name: str) -> tuple[Value, Json]:
        entity = service.object(request.identifier)
        if entity.has(name):
            return entity.get(name), self._rooted(service, request.object_filter, name)
        kind = schema.kind(entity.type_name, name)
        if kind == "list":
            return [], None
        if kind == "single":
            return None, None
        raise _refusal(request)

    def _rooted(self, service: Service, object_filter: Json, name: str) -> Json:
        """Return the filter of a relation, which stands under its name."""
        if not isinstance(object_filter, dict):
            return None
        return object_filter.get(name, object_filter.get(service.filter_roots.get(name, name)))


def _refusal(request: Request) -> faults.ApiFault:
    if request.method in metadata.methods(request.service):
        return faults.not_implemented(request.service, request.method)
    return faults.unknown_method(request.method)
