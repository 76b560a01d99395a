"""The handlers by their tokens, as the engine asks for them.

A class with a `token` of its own is a handler, in whatever module of this package it is.
"""

import importlib
import pkgutil
from collections.abc import Iterator, Mapping

from provider import resources
from provider.resources.contract import Function, Resource


def _handlers() -> Iterator[object]:
    for module in pkgutil.walk_packages(resources.__path__, f"{resources.__name__}."):
        for member in vars(importlib.import_module(module.name)).values():
            is_own = isinstance(member, type) and member.__module__ == module.name
            if is_own and isinstance(vars(member).get("token"), str):
                yield member()


_HANDLERS = tuple(_handlers())
RESOURCES: Mapping[str, Resource] = {
    handler.token: handler for handler in _HANDLERS if isinstance(handler, Resource)
}
"""By type token. One instance a process: it may remember what the cloud offers."""
FUNCTIONS: Mapping[str, Function] = {
    handler.token: handler for handler in _HANDLERS if isinstance(handler, Function)
}
"""By function token."""
