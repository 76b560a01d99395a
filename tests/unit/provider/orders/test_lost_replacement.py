"""A replacement that a killed run ordered is not forgotten by the next run, under whatever token it is."""

import asyncio
from pathlib import Path

import pytest

from provider.errors import ProviderError
from provider.orders.token import order_token
from provider.protocol import steps
from provider.resources.bare_metal.server import BareMetalServer
from provider.resources.contract import State, Target
from provider.resources.virtual_guest.server import VirtualGuest
from provider.session import Session
from provider.values import Properties
from tests.support.provider.guest_inputs import GOOD, URN
from tests.support.provider.provider_session import session

METAL: Properties = {name: value for name, value in GOOD.items() if name not in ("cpus", "memory")}
SERVERS = [
    pytest.param(VirtualGuest(), GOOD, id="virtual"),
    pytest.param(BareMetalServer(), {**METAL, "preset": "S1270_8GB_2X1TBSATA_NORAID"}, id="bare metal"),
]
Server = VirtualGuest | BareMetalServer


def tokens(count: int) -> list[str]:
    """The first tokens of the resource."""
    chain: list[str] = []
    for _ in range(count):
        chain.append(order_token(session().settings.order_scope, URN, chain[-1] if chain else ""))
    return chain


def check_and_diff(server: Server, run: Session, inputs: Properties, token: str, recorded: str) -> None:
    """The engine shows its state as it does: Check with the old inputs, then Diff."""
    olds: Properties = {**server.check(run, URN, {}, inputs).inputs, "orderToken": token}
    news = server.check(run, URN, olds, inputs).inputs
    outputs: Properties = {**olds, "orderToken": recorded, "globalIdentifier": "g-7"}
    asyncio.run(steps.diff(server, run, Target(URN), "7", State(olds, outputs), news))


@pytest.mark.parametrize(("server", "inputs"), SERVERS)
@pytest.mark.parametrize("ordered", [0, 2])
def test_an_order_under_another_token_than_the_state_s_is_an_error(
    server: Server, inputs: Properties, ordered: int, tmp_path: Path
) -> None:
    first, second, third = tokens(3)
    run = session(state_home=str(tmp_path))
    run.journal.opened((first, second, third)[ordered])
    # The first token's server was delivered, so that the order went to the second one.
    with pytest.raises(ProviderError, match="ordered a replacement of this server"):
        check_and_diff(server, run, inputs, first, second)


@pytest.mark.parametrize(("server", "inputs"), SERVERS)
def test_the_order_of_the_state_s_own_server_is_done(
    server: Server, inputs: Properties, tmp_path: Path
) -> None:
    first, second = tokens(2)
    run = session(state_home=str(tmp_path))
    run.journal.answered(second, "7")
    check_and_diff(server, run, inputs, first, second)
    assert run.journal.age(second) is None
