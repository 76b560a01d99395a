"""The gateway with all its real edges."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from starlette.applications import Starlette

from operate.dashboard.source import Source
from operate.dashboard.state import DashboardState
from operate.dashboard.watched_stack import WatchedStack
from operate.observe.gateway import gateway
from operate.observe.ssh_reader import SshReader, probe_doors
from operate.observe.stack_metrics import StackMetrics
from operate.observe.targets import MetricsTarget, find_targets
from operate.servers.stack_link import stack_link
from operate.stack.facts import Facts
from operate.store.storage_use import storage_use
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
    link = stack_link(facts.ssh_user, opened.name, config_file)

    def facts_of(state: DashboardState) -> Facts:
        # A recovery gives a server another address and another host key.
        return state.status.observed.facts if state.status else facts

    def targets() -> tuple[MetricsTarget, ...]:
        return find_targets(facts_of(source()))

    def stack() -> StackMetrics:
        state = source()
        status = None if state.unavailable else state.status
        return StackMetrics(status, datetime.now(UTC), probe_doors(facts_of(state)), used())

    try:
        yield gateway(targets, SshReader(link), stack)
    finally:
        link.close()
