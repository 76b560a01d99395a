"""Every service of this cloud, by name: each module of this package that has a function `services`."""

import importlib
import pkgutil
from collections.abc import Iterator

from cloud import services as package
from cloud.account.account import Account
from cloud.services.account import account_service
from cloud.services.service import Service, merge_by_name


def all_services(account: Account) -> dict[str, Service]:
    """Return the services an account can call."""
    merged = merge_by_name(_services(account))
    relations = {
        name: relation for service in merged.values() for name, relation in service.account_relations.items()
    }
    own = account_service(account, relations)
    return {own.name: own, **merged}


def _services(account: Account) -> Iterator[Service]:
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        create = getattr(importlib.import_module(module.name), "services", None)
        if callable(create):
            yield from create(account)
