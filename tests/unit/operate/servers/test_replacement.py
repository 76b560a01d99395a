"""What serves in the place of a front door that does not answer is named with its command."""

import socket
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import asyncssh
import pytest

from operate.doors.front_doors import SshDoors
from operate.servers.replacement import describe_replacements, replacement_commands
from operate.servers.ssh import SshError, SshLink
from operate.stack.facts import Facts
from tests.unit.operate.recover.standby_facts import FACTS, FAR, STANDBY, A, B

OWN_ADDRESSES = replace(FACTS, global_ip=None)
ORDERED_AGAIN = ". `operate recover ENV` orders the server again where the account has it no more"


@pytest.mark.parametrize(
    ("facts", "silent", "commands"),
    [
        (FACTS, {A.name}, ("route ENV --to ams01-a", "recover ENV --on dal05-b")),
        (OWN_ADDRESSES, {A.name}, ("recover ENV --on dal05-b",)),
        (OWN_ADDRESSES, {FAR.name}, ()),
        (FACTS, {A.name, FAR.name}, ("recover ENV --on dal05-b",)),
        (replace(OWN_ADDRESSES, standbys=()), {A.name}, ()),
        (FACTS, set(), ("route ENV --to dal05-a", "route ENV --to ams01-a")),
    ],
)
def test_a_standby_takes_over_in_its_own_datacenter_and_a_route_needs_a_global_ip(
    facts: Facts, silent: set[str], commands: tuple[str, ...]
) -> None:
    assert replacement_commands(facts, silent) == commands


def test_one_command_of_each_kind_is_enough() -> None:
    second = replace(STANDBY, door=replace(B, server="c"))
    facts = replace(FACTS, standbys=(STANDBY, second))
    assert describe_replacements(facts, {A.name}) == (
        ". `operate route ENV --to ams01-a` leads clients to another front door. `operate recover ENV --on"
        f" dal05-b` starts the registry on a standby that is ready{ORDERED_AGAIN}"
    )
    assert describe_replacements(OWN_ADDRESSES, {FAR.name}) == ORDERED_AGAIN


@pytest.fixture
def link(tmp_path: Path) -> Iterator[SshLink]:
    key = tmp_path / "key"
    asyncssh.generate_private_key("ssh-ed25519").write_private_key(key)
    with closing(SshLink("root", key)) as opened:
        yield opened


def test_a_front_door_that_is_dead_is_reported_with_the_standby_that_is_ready(link: SshLink) -> None:
    """`operate status` named a page alone, and its reader searched for the standby's name."""
    host_key = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = int(listener.getsockname()[1])
    dead = replace(A, address="127.0.0.1", ssh_port=port, host_key=host_key)
    with pytest.raises(SshError) as failure:
        SshDoors(replace(OWN_ADDRESSES, doors=(dead,)), link).status()
    assert str(failure.value).endswith(
        "connection refused; see docs/runbooks/lost-front-door.md, then run the command again. `operate"
        f" recover ENV --on dal05-b` starts the registry on a standby that is ready{ORDERED_AGAIN}"
    )
