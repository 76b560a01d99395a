"""The gateway with all its real edges."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from starlette.applications import Starlette

from operate.dashboard.source import Source
from operate.dashboard.watched_stack import WatchedStack
from operate.observe.gateway import gateway
from operate.observe.ssh_reader import SshReader, probe_doors
from operate.observe.stack_metrics import StackMetrics
from operate.observe.targets import MetricsTarget, find_targets
from operate.servers.ssh import SshLink
from operate.stack.operator_key import operator_key
from operate.stack.storage_use import storage_use
from operate.swap.environment import OpenEnvironment


@contextmanager
def open_gateway(opened: OpenEnvironment, config_file: Path | None) -> Iterator[Starlette]:
    """Connect the gateway to a stack.

    Args:
        opened: The stack.
        config_file: The stack's file where it is elsewhere.
    """
    facts, operations = opened.facts, opened.operations
    watched = WatchedStack(opened.name, facts, operations, opened.store, operations.facts)
    source, used = Source(opened.name, watched), storage_use(facts.swift)
    link = SshLink(facts.ssh_user, operator_key(opened.name, config_file))

    def targets() -> tuple[MetricsTarget, ...]:
        status = source().status
        return find_targets(status.observed.facts if status else facts)

    def stack() -> StackMetrics:
        state = source()
        status = None if state.unavailable else state.status
        return StackMetrics(status, datetime.now(UTC), probe_doors(facts), used())

    try:
        yield gateway(targets, SshReader(link), stack)
    finally:
        link.close()
