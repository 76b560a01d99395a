"""No container starts on a server whose bridge networks neighbours reach, with a firewall or without."""

import pytest

from tests.program.operator_config import Config, operator, run
from tests.program.program_under_mocks import plain

__all__ = ["operator"]


@pytest.mark.parametrize("firewall", [True, False])
def test_every_server_closes_its_bridges_whatever_the_firewall(operator: Config, firewall: bool) -> None:
    servers = [{**one, "name": name} for one in operator["servers"] for name in ("a", "b")]  # type: ignore[attr-defined]
    servers[0]["frontDoor"] = True
    program = run(operator, servers=servers, firewall=firewall)
    for server in ("dal05-a", "dal05-b"):
        guard = program.resource(f"{server}-bridges").inputs
        assert " apply" in str(plain(guard["create"]))
        assert "DROP" in str(plain(guard["stdin"]))
    names = [resource.name for resource in program.resources]
    assert ("dal05-a-firewall-trial" in names) is firewall


def test_containers_wait_for_the_guard(operator: Config) -> None:
    program = run(operator)
    requests = {request.name: request for request in program.requests}
    guard = next(
        urn for urn in requests["dal05-a-legacy-red"].dependencies if urn.endswith("::dal05-a-bridges")
    )
    assert guard
