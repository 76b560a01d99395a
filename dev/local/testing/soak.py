"""Campaigns at full size: what `make test` runs samples of. docs/design/tests.md describes them.

They are commands, as everything that `local` runs: tests whose size is scaled by the environment, and benches
that have options for it.
"""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from dev.local.environment import LocalError
from dev.local.process import run
from dev.local.progress import announced
from dev.local.testing.tiers import pytest_command
from messages.progress import report

_WORKERS = 2


@dataclass(frozen=True)
class CampaignCommand:
    """A proof by number.

    Attributes:
        proof: What it proves, with its full size.
        command: The command, by scale and seed.
    """

    proof: str
    command: Callable[[float, int], list[str]]


def _tests(*nodes: str) -> Callable[[float, int], list[str]]:
    """A campaign of tests, which read scale and seed from the environment."""
    return lambda _scale, _seed: pytest_command(_WORKERS, *nodes)


def _bench(module: str, *options: str) -> Callable[[float, int], list[str]]:
    """A campaign of a bench; `{scale}` and `{seed}` in its options are filled in."""

    def command(scale: float, seed: int) -> list[str]:
        filled = (option.format(scale=scale, seed=seed) for option in options)
        return [sys.executable, "-m", f"bench.{module}", *filled]

    return command


CAMPAIGNS: Mapping[str, CampaignCommand] = {
    "orders": CampaignCommand(
        "2,048 random scenarios of faults and kills order each server once",
        _tests("tests/provider/orders/test_exactly_once.py"),
    ),
    "properties": CampaignCommand(
        "every property of the unit and process tiers with 1,000 random examples, fewer where each starts"
        " processes",
        _tests("tests/unit", "tests/process", "-m", "hypothesis"),
    ),
    "noted-orders": CampaignCommand(
        "300 random scenarios order once what carries no token",
        _tests("tests/unit/provider/resources/ordering/test_creation.py"),
    ),
    "killed-creates": CampaignCommand(
        "24 kills of the real Pulumi or the provider during an order",
        _tests("tests/provider/orders/test_kill_during_create.py"),
    ),
    "list-edits": CampaignCommand(
        "2,000 random edits of what stack files list move nothing that is live",
        _tests("tests/program/settings/test_list_edits.py"),
    ),
    "simulated-swaps": CampaignCommand(
        "a simulated swap killed, stopped or overtaken at every moment, and 100 random ones",
        _tests("tests/unit/operate/swap/test_killed_swaps.py"),
    ),
    "simulated-moves": CampaignCommand(
        "a simulated move of the registry killed at every moment resumes, or is undone",
        _tests("tests/unit/operate/move/test_move.py", "tests/unit/operate/move/test_new_address.py"),
    ),
    "api-inputs": CampaignCommand(
        "10,000 hostile requests to the local cloud's API",
        _tests("tests/cloud/api/test_fuzz.py"),
    ),
    "hostile-doors": CampaignCommand(
        "10,000 hostile requests of 79 kinds at each front door, then 8,192 silent connections",
        _bench("proxy.hostile", "--scale", "{scale}", "--seed", "{seed}"),
    ),
    "migration": CampaignCommand(
        "200 legacy images migrated with 10 kills",
        _tests("tests/cloud/migration/test_migration.py", "-k", "kills"),
    ),
    "stale-swift": CampaignCommand(
        "3,000 images pushed at once, Swift's listings 0, 1 and 5 s late",
        _bench("registry.acknowledged", "--scale", "{scale}"),
    ),
    "many-servers": CampaignCommand(
        "`pulumi up` of 20 servers whose sshd refuses logins beyond ten at once",
        _bench("stack.many_servers", "--scale", "{scale}"),
    ),
    "crowd": CampaignCommand(
        "64 uploads and 200 pulls of 40 MB at once on Swift, S3 and folders, 16 on legacy",
        _bench("registry.crowd", "--scale", "{scale}"),
    ),
    "first-push": CampaignCommand(
        "a client logged in by `operate login` pushes an image that another server pulls",
        _tests("tests/e2e/guides/test_first_push.py"),
    ),
    "moves": CampaignCommand(
        "a registry moved by its DNS name to another datacenter and back, under load",
        _tests("tests/e2e/proxy/test_moves.py"),
    ),
    "small-pulls": CampaignCommand(
        "small blobs pulled with at most 4 requests to Swift, and again at 4 times the bare registry's rate",
        _bench("registry.small_pulls"),
    ),
    "far-uploads": CampaignCommand(
        "a client that offers HTTP/2 uploads 20 MB from 50 ms away at 0.9 of HTTP/1.1's rate or more",
        _bench("registry.far_uploads"),
    ),
    "conformance": CampaignCommand(
        "OCI's conformance suite: no test fails that the bare registry passes",
        _bench("registry.conformance"),
    ),
    "runbooks": CampaignCommand(
        "every runbook followed by its text on one stack",
        _tests("tests/e2e/guides/test_runbooks.py"),
    ),
    "takeovers": CampaignCommand(
        "a standby takes over from a lost front door, and a recovery makes it permanent",
        _tests("tests/e2e/servers/test_lost_helper.py"),
    ),
    "recovery": CampaignCommand(
        "3 recoveries by a new server, at most 1.2 first `pulumi up`s each, and 3 by a standby, at most 10 s"
        " to a pull",
        _bench("stack.recovery", "--scale", "{scale}"),
    ),
    "rotations": CampaignCommand(
        "all thirteen kinds of secret rotated on live stacks while clients read and push",
        _tests("tests/e2e/access/test_rotation.py"),
    ),
    "stacks": CampaignCommand(
        "whole stacks for the cases that `make test` takes by turns",
        _tests("tests/e2e", "-m", "by_turns"),
    ),
    "storage-faults": CampaignCommand(
        "5 faults of the storage while registries start, and 5 while images are pushed",
        _tests("tests/e2e/storage/test_storage_faults.py"),
    ),
    "late-operators": CampaignCommand(
        "operators stopped before the switch and before the end, who wake up after another one has acted",
        _tests("tests/e2e/swap/test_two_operators.py", "-k", "wakes_up_late"),
    ),
    "bad-releases": CampaignCommand(
        "swaps to all 30 kinds of bad release on a live stack",
        _bench("swap.bad_releases", "--scale", "{scale}", "--seed", "{seed}"),
    ),
    "killed-swaps": CampaignCommand(
        "the operator killed at each of 43 boundaries and 100 random moments of swaps on a live stack",
        _bench("swap.killed_swaps", "--scale", "{scale}", "--seed", "{seed}"),
    ),
    "swaps": CampaignCommand(
        "swaps under a mixed load until there are 100, and 200,000 requests",
        _bench("swap.swaps", "--scale", "{scale}"),
    ),
}
"""The quick ones first."""


def run_campaigns(names: Sequence[str], scale: float) -> None:
    """Run campaigns one after the other, each to its end.

    Args:
        names: Keys of `CAMPAIGNS`.
        scale: Share of the full size, above 0; 1 is the full size.

    Raises:
        LocalError: Campaigns failed; the message names them.
    """
    seed = int(os.environ.get("CAMPAIGN_SEED") or f"{datetime.now(UTC):%Y%m%d}")
    variables = {**os.environ, "CAMPAIGN_SCALE": f"{scale:g}", "CAMPAIGN_SEED": str(seed)}
    report(f"scale {scale:g}; seed {seed}, repeated by CAMPAIGN_SEED={seed}")
    failed = [name for name in names if not _succeeds(name, scale, seed, variables)]
    if failed:
        repeat = f"CAMPAIGN_SEED={seed} make soak WHAT={failed[0]} SCALE={scale:g}"
        raise LocalError(f"failed: {', '.join(failed)}; `{repeat}` repeats the first")


def _succeeds(name: str, scale: float, seed: int, variables: Mapping[str, str]) -> bool:
    campaign = CAMPAIGNS[name]
    report(f"{name}: {campaign.proof}")
    try:
        with announced(name):
            run(campaign.command(scale, seed), variables=variables)
    except LocalError as error:
        report(f"{name} failed: {error}")
        return False
    return True
