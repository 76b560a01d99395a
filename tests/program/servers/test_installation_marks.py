"""Which commands leave a mark on their server, and that a mark tells nothing secret."""

import re
from collections.abc import Mapping

from tests.program.operator_config import Config, operator, run
from tests.program.program_under_mocks import ProgramRun

__all__ = ["operator"]
MARK = re.compile(r"INSTALLATION=(\S+) mark=/etc/softlayer-registry/installed/(\S+) digest=([0-9a-f]{12});")
INSTALLS_NOTHING = re.compile(
    r".*-(push|pull|lookup|healthy|health|answers|room|disk|package-upgrade|standby-end|standby-haproxy"
    r"|base-load|adopted)(-.*)?"
)
"""Names of commands that only look, or whose result is not a file of the server."""


def commands(program: ProgramRun) -> Mapping[str, object]:
    """What each command runs, by its name; a value that is secret is no text."""
    return {
        resource.name: resource.inputs["create"]
        for resource in program.resources
        if resource.typ == "command:remote:Command"
    }


def marks(program: ProgramRun) -> dict[str, tuple[str, str]]:
    """Installation and digest of each mark, by the command's name."""
    matches = {name: MARK.match(str(create)) for name, create in commands(program).items()}
    return {name: (match[1], match[3]) for name, match in matches.items() if match}


def test_whatever_writes_on_a_server_leaves_a_mark(operator: Config) -> None:
    program = run(operator, firewall=True, securityUpdates=True)
    unmarked = commands(program).keys() - marks(program).keys()
    assert {name for name in unmarked if not INSTALLS_NOTHING.fullmatch(name)} == set()
    assert {"dal05-a-colours", "dal05-a-modern-door", "dal05-a-firewall", "dal05-a-sshd"} <= marks(
        program
    ).keys()


def test_a_mark_can_be_read_in_the_state_and_names_one_installation(operator: Config) -> None:
    program = run(operator, firewall=True)
    assert {name for name, create in commands(program).items() if not isinstance(create, str)} == set()
    creates = [str(resource.inputs.get("create")) for resource in program.resources]
    mark_files = [match.group(1, 2) for match in map(MARK.match, creates) if match]
    assert len(mark_files) == len(set(mark_files))


def test_another_password_is_another_mark_of_the_door_alone(operator: Config) -> None:
    before, after = (marks(run(operator, registryPassword=word)) for word in ("first word", "second word"))
    assert before == marks(run(operator, registryPassword="first word")), "the same input has the same mark"
    changed = {name for name in before if before[name] != after[name]}
    assert changed
    assert all("front" in name or "door" in name for name in changed), changed
