"""Fixtures of the tests with real registries; conftest hands them out."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from cloud.interfaces import SwiftAccount
from cloud.swift.local_object_storage import LocalObjectStorage
from harness.cloud.local_swift import local_swift
from harness.registries.storages import DATACENTER, SOUND, Place, container, storage_of

NUMBERS = count(1)
"""For names of accounts: a Swift that shows what was remembers accounts that were deleted."""


@pytest.fixture(scope="session")
def swift_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalObjectStorage]:
    """One Swift for all tests of a worker."""
    with local_swift(tmp_path_factory.mktemp("cloud")) as storage:
        yield storage


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where registries are unpacked, once for all tests of a worker."""
    return tmp_path_factory.mktemp("programs")


@pytest.fixture
def swift_account(swift_cloud: LocalObjectStorage) -> Iterator[SwiftAccount]:
    name = f"SLOS1-{next(NUMBERS)}"
    created = swift_cloud.create_account(DATACENTER, name, "SL1")
    swift_cloud.inject(DATACENTER, SOUND)
    yield created
    swift_cloud.inject(DATACENTER, SOUND)
    swift_cloud.delete_account(DATACENTER, name)


@pytest.fixture
def place(
    request: pytest.FixtureRequest,
    swift_cloud: LocalObjectStorage,
    swift_account: SwiftAccount,
    programs: Path,
    tmp_path: Path,
) -> Place:
    kind, version = request.param
    container(swift_account)
    return Place(version, storage_of(kind, swift_account, tmp_path), swift_cloud, tmp_path, programs)
