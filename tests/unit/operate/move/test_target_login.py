"""A move asks its target before it records or builds anything: a server that is off is no place to go."""

from dataclasses import dataclass

import pytest

from operate.error import NotStartedError
from operate.move.start import MoveRequest
from operate.move.target_login import require_target_login
from operate.servers.ssh import HostKeyError, SshError
from operate.stack.facts import DoorFacts
from tests.support.killed_process import KilledError
from tests.unit.operate.move.simulated_moves import A, B, MoveSimulation, back, move, order
from tests.unit.operate.swap.simulated_swaps import free_the_lock


def test_a_target_that_is_off_is_refused_by_the_preview_and_by_the_move() -> None:
    simulation = MoveSimulation(A)
    simulation.switched_off.add(B)
    settings = dict(simulation.settings)
    with pytest.raises(NotStartedError, match="dal05-b, which does not answer"):
        simulation.mover().preview(order(), MoveRequest("b"), simulation.facts())
    with pytest.raises(NotStartedError, match="dal05-b, which does not answer"):
        move(simulation)
    assert (simulation.settings, simulation.front_doors) == (settings, {A})
    assert "operate/swap/current.json" not in simulation.objects
    simulation.switched_off.clear()
    move(simulation)
    assert simulation.front_doors == {B}


def test_a_target_that_is_switched_off_in_a_move_names_both_ways_on() -> None:
    simulation = MoveSimulation(A)
    simulation.kill_once_reported("preview ok")
    with pytest.raises(KilledError):
        move(simulation)
    simulation.switched_off.add(B)
    free_the_lock(simulation)
    with pytest.raises(
        NotStartedError,
        match=r"does not answer; `operate move ENV --to dal05-b` resumes it, `operate move ENV --back`",
    ):
        move(simulation, operator=2)
    back(simulation)
    assert simulation.front_doors == {A}


@dataclass
class FailingLink:
    """Stands for a link to a server that is off, or is another machine; a real one is in test_ssh.py."""

    error: SshError

    def log_in(self, server: DoorFacts) -> None:
        assert server.name == "dal05-b"
        raise self.error


OFF = SshError(
    "dal05-b (192.0.2.2): no answer within 10 s; see docs/runbooks/lost-front-door.md, then run the command"
)


SILENT = (
    "the registry cannot move to dal05-b, which does not answer (dal05-b (192.0.2.2): no answer within 10 s)."
    " Switch it on, then run the same command again; if the account has it no more, `operate recover ENV"
    " --server dal05-b` orders it"
)
OTHER_KEY = HostKeyError("it shows another key")


@pytest.mark.parametrize(
    ("error", "message"),
    [(OFF, SILENT), (OTHER_KEY, "the registry cannot move to dal05-b: it shows another key")],
)
def test_a_login_that_fails_names_the_server_and_what_helps(error: SshError, message: str) -> None:
    state = {"dal05-b": ("7", {"publicIp": "192.0.2.2", "sshHostKey": "ssh-ed25519 AAAA"})}
    with pytest.raises(NotStartedError) as refusal:
        require_target_login("dal05-b", lambda: state, FailingLink(error))
    assert str(refusal.value) == message


def test_a_server_that_is_still_to_be_ordered_is_not_contacted() -> None:
    require_target_login("dal05-b", dict, FailingLink(OFF))
