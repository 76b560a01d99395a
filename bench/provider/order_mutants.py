"""Whether the tests notice a broken order: `python -m bench.provider.order_mutants`.

Breaks one thing at a time where orders are decided, in a copy of the tree, and runs the tests that judge the
module until one fails. A mutant that no test notices is a survivor; docs/design/orders.md tells why each is
harmless. A small mutator of our own, since what is broken must be what can double an order: comparisons,
conditions, numbers, returned values, statements and handlers left out.
"""

import argparse
import ast
import copy
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import TypeVar

from bench.command import run_command

ROOT = Path(__file__).resolve().parents[2]
ALL = frozenset[str]()
SCENARIOS = "tests/provider/orders/test_exactly_once.py"
OF_ORDERS = (
    "tests/unit/provider/resources/virtual_guest/test_order_decision.py",
    "tests/unit/provider/orders/test_journal.py",
    "tests/unit/provider/resources/ordering/test_single_order.py",
    "tests/unit/provider/orders/test_token.py",
)
OF_METAL = "tests/unit/provider/resources/bare_metal/test_*.py"
OF_NOTES = "tests/unit/provider/resources/ordering/test_creation.py"
OF_OPEN_NOTES = (
    "tests/unit/provider/resources/ordering/test_open_note.py",
    "tests/unit/provider/resources/ordering/test_noted.py",
    "tests/unit/provider/orders/test_lost_replacement.py",
)
OF_GLOBAL_IPS = "tests/unit/provider/resources/network/test_global_ip.py"
OF_CANCELLATION = "tests/unit/provider/resources/servers/test_cancellation.py"
OF_STORAGE = "tests/unit/provider/resources/storage/test_account.py"


@dataclass(frozen=True)
class Deciding:
    """What decides about orders in one module, and what judges it.

    Attributes:
        functions: Functions that decide; `ALL` of the module where none is named.
        tests: Patterns of files, the quick ones first.
    """

    functions: frozenset[str]
    tests: tuple[str, ...]


def _deciding(functions: str, *tests: str) -> Deciding:
    return Deciding(frozenset(functions.split()), tests)


DECIDING: dict[str, Deciding] = {
    "provider/resources/ordering/single_order.py": _deciding("", *OF_ORDERS, OF_METAL, SCENARIOS),
    "provider/resources/ordering/open_note.py": _deciding("", *OF_OPEN_NOTES),
    "provider/resources/ordering/lost_replacement.py": _deciding("", *OF_OPEN_NOTES),
    "provider/resources/ordering/noted.py": _deciding("", *OF_OPEN_NOTES),
    "provider/orders/journal.py": _deciding("", *OF_ORDERS, SCENARIOS),
    "provider/orders/token.py": _deciding("", *OF_ORDERS, SCENARIOS),
    "provider/resources/virtual_guest/order.py": _deciding(
        "decide obtain decision send may_replace", OF_CANCELLATION, *OF_ORDERS, SCENARIOS
    ),
    "provider/resources/servers/ordered_search.py": _deciding("", *OF_ORDERS, OF_METAL, SCENARIOS),
    "provider/resources/servers/ordered_server.py": _deciding(
        "recorded_token", *OF_ORDERS, OF_METAL, SCENARIOS
    ),
    "provider/resources/virtual_guest/server.py": _deciding(
        "create delete is_gone", OF_CANCELLATION, *OF_OPEN_NOTES, *OF_ORDERS, SCENARIOS
    ),
    "provider/resources/servers/edits.py": _deciding(
        "decline_replacement mark_delivered", OF_CANCELLATION, *OF_ORDERS, OF_METAL, SCENARIOS
    ),
    "provider/resources/servers/cancellation.py": _deciding("", OF_CANCELLATION, *OF_ORDERS, OF_METAL),
    "provider/resources/virtual_guest/wait.py": _deciding("until_scheduled", OF_CANCELLATION),
    "provider/resources/virtual_guest/view.py": _deciding(
        "stage delivered has_cancellation",
        "tests/unit/provider/resources/virtual_guest/test_view.py",
        *OF_OPEN_NOTES,
        *OF_ORDERS,
        SCENARIOS,
    ),
    "provider/softlayer/api.py": _deciding(
        "order _once", "tests/unit/provider/softlayer/test_api.py", *OF_ORDERS, SCENARIOS
    ),
    "provider/resources/bare_metal/order.py": _deciding(
        "decide_hardware decision send may_replace", OF_METAL, SCENARIOS
    ),
    "provider/resources/bare_metal/server.py": _deciding(
        "create delete is_gone", OF_METAL, *OF_OPEN_NOTES, SCENARIOS
    ),
    "provider/resources/bare_metal/view.py": _deciding("metal_stage reload_number", OF_METAL, SCENARIOS),
    "provider/resources/bare_metal/system.py": _deciding(
        "install system_in_state _has_started _wait_for_start", OF_METAL, SCENARIOS
    ),
    "provider/resources/virtual_guest/upgrade.py": _deciding(
        "upgrade _send _wait_for_start until",
        "tests/unit/provider/resources/virtual_guest/test_rebuild.py",
        SCENARIOS,
    ),
    "provider/resources/ordering/creation.py": _deciding("", OF_NOTES, OF_GLOBAL_IPS),
    "provider/resources/network/global_ip_order.py": _deciding(
        "listed make find_by_order is_order_gone _living", OF_GLOBAL_IPS, *OF_OPEN_NOTES
    ),
    "provider/resources/network/global_ip.py": _deciding(
        "create delete is_alone", OF_GLOBAL_IPS, *OF_OPEN_NOTES
    ),
    "provider/resources/network/security_group.py": _deciding("is_alone", *OF_OPEN_NOTES),
    "provider/resources/storage/account.py": _deciding(
        "create delete is_gone is_alone", OF_STORAGE, *OF_OPEN_NOTES
    ),
    "provider/resources/storage/account_records.py": _deciding(
        "find_billed_account", OF_STORAGE, *OF_OPEN_NOTES
    ),
    "provider/resources/storage/account_order.py": _deciding(
        "obtain_account _ordered_before _find_created _order", OF_STORAGE
    ),
}
"""By module. The scenarios order servers only; creations without a token have random faults of their own."""
TREES = ("provider", "messages", "cloud", "dev", "harness", "tests", "pulumi_softlayer", "settings")
FILES = ("pyproject.toml",)
SCALE = "0.03125"
"""Share of the scenarios in each of eight shards."""
PATIENCE = 5
"""Times the unbroken tests' time, after which a mutant counts as noticed: it hangs."""
OPPOSITE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Lt: ast.GtE,
    ast.GtE: ast.Lt,
    ast.Gt: ast.LtE,
    ast.LtE: ast.Gt,
}
Change = Callable[[ast.AST], None]
T = TypeVar("T")


@dataclass(frozen=True)
class Mutant:
    """One broken module.

    Attributes:
        module: Path of the module.
        line: Line at which it is broken.
        what: What was done, as a short text.
        source: The whole of it.
        tests: Patterns of files that judge it.
    """

    module: str
    line: int
    what: str
    source: str
    tests: tuple[str, ...]

    def __str__(self) -> str:
        """Where and what."""
        return f"{self.module}:{self.line}: {self.what}"


def mutants(module: str, deciding: Deciding) -> Iterator[Mutant]:
    """Every mutant of what decides in a module; of all of it, constants included, where nothing is named."""
    functions = deciding.functions
    tree = ast.parse((ROOT / module).read_text())
    chosen = [node for node in ast.walk(tree) if getattr(node, "name", None) in functions]
    within = {id(node) for root in (chosen if functions else [tree]) for node in ast.walk(root)}
    within -= {id(node) for root in ast.walk(tree) for node in _decoration(root)}
    for index, node in enumerate(ast.walk(tree)):
        for what, change in _changes(node) if id(node) in within else ():
            changed = copy.deepcopy(tree)
            change(next(candidate for at, candidate in enumerate(ast.walk(changed)) if at == index))
            yield Mutant(module, getattr(node, "lineno", 0), what, ast.unparse(changed), deciding.tests)


def _decoration(node: ast.AST) -> Iterator[ast.AST]:
    """How a class or function is decorated, `frozen=True` for one: that decides nothing."""
    for decorator in getattr(node, "decorator_list", ()):
        yield from ast.walk(decorator)


def _changes(node: ast.AST) -> Iterator[tuple[str, Change]]:
    if isinstance(node, ast.Compare) and type(node.ops[0]) in OPPOSITE:
        yield f"opposite of {ast.unparse(node)}", _opposite
    if isinstance(node, ast.BoolOp):
        yield f"and for or, or for and: {ast.unparse(node)}", _other_junction
    if isinstance(node, ast.If | ast.While | ast.IfExp) and not isinstance(node.test, ast.Compare):
        yield f"not {ast.unparse(node.test)}", _negated
    if isinstance(node, ast.Constant) and isinstance(node.value, bool | int | float):
        yield f"another {node.value}", _another
    if isinstance(node, ast.Return) and node.value is not None and ast.unparse(node.value) != "None":
        yield f"None for {_short(node.value)}", _none
    if isinstance(node, ast.Try):
        for place, handler in enumerate(node.handlers):
            yield f"no {_short(handler)}", _unhandled(place)
    for name in ("body", "orelse", "finalbody"):
        statements = getattr(node, name, None)
        for place, statement in enumerate(statements if isinstance(statements, list) else ()):
            if _effective(statement):
                yield f"without {_short(statement)}", _without(name, place)


def _effective(statement: ast.AST) -> bool:
    """Whether it can be left out and leave something that runs, though it does not do the same."""
    if isinstance(statement, ast.Expr):
        return not isinstance(statement.value, ast.Constant)
    placed = isinstance(statement, ast.Assign) and not isinstance(statement.targets[0], ast.Name | ast.Tuple)
    return placed or isinstance(statement, ast.Raise | ast.Continue | ast.Break)


def _opposite(node: ast.AST) -> None:
    assert isinstance(node, ast.Compare)
    node.ops[0] = OPPOSITE[type(node.ops[0])]()


def _other_junction(node: ast.AST) -> None:
    assert isinstance(node, ast.BoolOp)
    node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()


def _negated(node: ast.AST) -> None:
    assert isinstance(node, ast.If | ast.While | ast.IfExp)
    node.test = ast.UnaryOp(ast.Not(), node.test)


def _another(node: ast.AST) -> None:
    assert isinstance(node, ast.Constant)
    assert isinstance(node.value, bool | int | float)
    node.value = not node.value if isinstance(node.value, bool) else node.value + 1


def _none(node: ast.AST) -> None:
    assert isinstance(node, ast.Return)
    node.value = ast.Constant(None)


def _unhandled(place: int) -> Change:
    def change(node: ast.AST) -> None:
        assert isinstance(node, ast.Try)
        node.handlers[place].type = ast.Tuple([], ast.Load())

    return change


def _without(name: str, place: int) -> Change:
    def change(node: ast.AST) -> None:
        getattr(node, name)[place] = ast.Pass()

    return change


def _short(node: ast.AST) -> str:
    return ast.unparse(node).splitlines()[0][:90]


def _copied(folder: Path) -> Path:
    for tree in TREES:
        shutil.copytree(ROOT / tree, folder / tree, ignore=shutil.ignore_patterns("__pycache__"))
    for file in FILES:
        shutil.copy(ROOT / file, folder / file)
    return folder


def verdict(tree: Path, tests: tuple[str, ...], seconds: float | None) -> str:
    """What these tests say of this tree: `survives`, `fails`, or `hangs` for so many seconds."""
    files = [str(file.relative_to(tree)) for pattern in tests for file in sorted(tree.glob(pattern))]
    running = subprocess.Popen(
        [sys.executable, "-m", "pytest", "-x", "-q", "--hypothesis-profile", "unshrunk", *files],
        cwd=tree,
        env={**os.environ, "CAMPAIGN_SCALE": SCALE, "CAMPAIGN_SEED": "1", "PYTHONPATH": str(tree)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        return "fails" if running.wait(seconds) else "survives"
    except subprocess.TimeoutExpired:
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()
        return "hangs"


def tried(tree: Path, mutant: Mutant, seconds: float) -> str:
    """The tests' verdict on this mutant."""
    file = tree / mutant.module
    file.write_text(mutant.source + "\n")
    for compiled in file.parent.glob(f"__pycache__/{file.stem}.*"):
        compiled.unlink()  # known by second and size alone, which another mutant may share
    try:
        return verdict(tree, mutant.tests, seconds)
    finally:
        shutil.copy(ROOT / mutant.module, file)


def verdicts(mutants_to_try: Sequence[Mutant], jobs: int) -> Iterator[tuple[Mutant, str]]:
    """Return the tests' result for each mutant, in order.

    Raises:
        SystemExit: A test fails though nothing was broken.
    """
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(jobs) as pool:
        trees = SimpleQueue[Path]()
        for job in range(jobs):
            trees.put(_copied(Path(folder, str(job))))

        def with_tree(work: Callable[[Path], T]) -> T:
            tree = trees.get()
            try:
                return work(tree)
            finally:
                trees.put(tree)

        judges = list(dict.fromkeys(mutant.tests for mutant in mutants_to_try))
        took = pool.map(lambda tests: with_tree(lambda tree: _unbroken(tree, tests)), judges)
        patience = {tests: PATIENCE * seconds for tests, seconds in zip(judges, took, strict=True)}
        print(f"{len(mutants_to_try)} mutants; a hang is {max(patience.values()):.0f} s at most", flush=True)
        results = pool.map(
            lambda mutant: with_tree(lambda tree: tried(tree, mutant, patience[mutant.tests])), mutants_to_try
        )
        yield from zip(mutants_to_try, results, strict=True)


def _unbroken(tree: Path, tests: tuple[str, ...]) -> float:
    """Seconds that the tests take of what is not broken."""
    started = time.monotonic()
    if verdict(tree, tests, None) == "fails":
        raise SystemExit(f"{' '.join(tests)} fail though nothing was broken: repair that first.")
    return time.monotonic() - started


def main() -> None:
    """Try all mutants or a sample, and print the survivors."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=int, help="how many to try, chosen by the seed; all by default")
    parser.add_argument("--seed", type=int, default=20261125)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--count", action="store_true", help="only tell how many there are")
    parser.add_argument("--at", nargs="*", default=[""], help="only here: parts of MODULE:LINE: WHAT")
    options = parser.parse_args()
    every = [
        mutant
        for module, deciding in DECIDING.items()
        for mutant in mutants(module, deciding)
        if any(part in str(mutant) for part in options.at)
    ]
    if options.sample is not None and options.sample < len(every):
        every = random.Random(options.seed).sample(every, options.sample)  # noqa: S311 - repeatable
    if options.count:
        for module, count in Counter(mutant.module for mutant in every).items():
            print(f"{count:4} {module}")
        print(f"{len(every):4}")
        return
    started = time.monotonic()
    counts = Counter[str]()
    for mutant, result in verdicts(every, options.jobs):
        counts[result] += 1
        if result != "fails":
            print(f"{result}: {mutant}", flush=True)
    summary = ", ".join(f"{count} {result}" for result, count in sorted(counts.items()))
    print(f"{len(every)} tried in {time.monotonic() - started:.0f} s: {summary}")


if __name__ == "__main__":
    run_command(main)
