"""What every tier shares."""

import gc
import os
import signal
import sys

import pytest

from dev.engine.folders import cache_folder

# Else every fresh checkout makes Hypothesis' tables of characters, seconds a process. Read at its import.
os.environ.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", str(cache_folder() / "hypothesis"))
# One of its plugins, trio's, takes a tenth of a second to load; no test uses any. Read there as well.
os.environ.setdefault("HYPOTHESIS_NO_PLUGINS", "1")

from hypothesis import Phase, settings

from dev.local.testing.tiers import TIERS
from tests.support.campaign import BY_TURNS, choose_seed, describe_run, examples
from tests.support.reaper import start_reaper
from tests.support.schedule import EXPECTED_SECONDS
from tests.support.schedule import pytest_collection_modifyitems as pytest_collection_modifyitems

_WITHOUT_SWIFT = {"program", "engine", "e2e"}
_HARNESS = ("clients", "cloud", "load", "provider", "proxies", "registries", "stack", "waiting")
# An assertion in a module that tests share shows its values as well, such as what is left on the host.
pytest.register_assert_rewrite(
    *(f"tests.{tier}" for tier in TIERS), *(f"harness.{part}" for part in _HARNESS)
)

# Without deadlines, since two busy cores say nothing about the code.
settings.register_profile(
    "default", deadline=None, print_blob=True, max_examples=examples(full=1000, sample=30)
)
settings.load_profile("default")
# For who only asks whether an example fails: `--hypothesis-profile unshrunk` takes the first as it is.
settings.register_profile("unshrunk", phases=[phase for phase in Phase if phase is not Phase.shrink])

_LONGEST_ID = 100
"""Characters of a text in the name of a parametrized test; a longer one is named by its argument (choice)."""

_OBJECTS_BETWEEN_COLLECTIONS = 50_000
"""New objects after which Python collects garbage (choice); 700 by default."""

# Modules and tests stay until the end: a tenth of the time that it takes to collect them.
gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)

# A shell starts what it puts in the background with interrupts ignored, and programs under test inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_configure(config: pytest.Config) -> None:
    choose_seed()
    config.addinivalue_line("markers", f"{EXPECTED_SECONDS}(seconds): start early, it takes that long")
    config.addinivalue_line("markers", f"{BY_TURNS}: takes turns with others by the seed")
    config.addinivalue_line(
        "markers", "runbook(name, *steps): does these steps of a runbook, which name no command"
    )


def pytest_sessionstart(session: pytest.Session) -> None:
    # Kept there by pytest, and read by pytest-xdist as well.
    factory: pytest.TempPathFactory = vars(session.config)["_tmp_path_factory"]
    is_controller = bool(session.config.getoption("numprocesses", None))
    start_reaper(factory.getbasetemp(), runs_tests=not is_controller)


def pytest_collection_finish(session: pytest.Session) -> None:
    tiers = {item.nodeid.split("/")[1] for item in session.items}
    if "eventlet" in sys.modules and tiers and tiers <= _WITHOUT_SWIFT:
        raise pytest.UsageError(
            "a test module, or what it imports from harness, imports cloud.swift. Swift's eventlet loads"
            f" parts of the standard library twice: {', '.join(sorted(tiers))} must do without;"
            " harness.cloud.local_swift is apart"
        )
    # Python spends a fifth of a run of the program under mocks on looking for garbage among what stays.
    gc.freeze()


def pytest_report_header() -> str:
    return describe_run()


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    # A text that is created in each worker, such as a certificate, would give a test another name in each.
    return argname if isinstance(val, str) and len(val) > _LONGEST_ID else None
