"""A change of what the live container is made from: refused by `pulumi up`, made live by `operate swap`."""

from collections.abc import Iterator, Mapping

import pytest
import yaml

from harness.clients.registry_client import BackgroundLoad, Client
from harness.stack.live_stack import LiveRegistry
from harness.stack.quick_swap import QUICK
from harness.stack.swap_operator import SwapOperator, operating
from tests.support.campaign import by_turns

pytestmark = [pytest.mark.expected_seconds(90), *by_turns(1)]

HOST = "dal05-a"


@pytest.fixture(scope="module")
def operator(registry: LiveRegistry, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SwapOperator]:
    with operating(registry, tmp_path_factory.mktemp("recipe")) as swap_operator:
        yield swap_operator


@pytest.fixture(scope="module")
def client(registry: LiveRegistry) -> Client:
    outputs = registry.outputs()
    host, _, port = str(outputs["endpoint"]).removeprefix("https://").partition(":")
    who = f"{outputs['user']}:{outputs['password']}"
    return Client(host, int(port), str(outputs["certificateAuthority"]), who)


def settings_of(operator: SwapOperator) -> Mapping[str, object]:
    settings: Mapping[str, object] = yaml.safe_load(operator.stack_file.read_text())["config"]
    return settings


def set_for_all_releases(operator: SwapOperator, **settings: object) -> None:
    """Write to the stack file what concerns both colours."""
    qualified_settings = {f"softlayer-registry:{key}": value for key, value in settings.items()}
    content = {"config": {**settings_of(operator), **qualified_settings}}
    operator.stack_file.write_text(yaml.safe_dump(content, sort_keys=False))


def container(registry: LiveRegistry, name: str) -> tuple[str, int]:
    """Identity and memory in MB."""
    inspected = registry.ssh(HOST, f"docker inspect --format '{{{{.Id}}}} {{{{.HostConfig.Memory}}}}' {name}")
    identity, memory = inspected.stdout.split()
    return identity, int(memory) >> 20


def test_a_change_for_all_releases_is_refused_then_swapped_to(
    operator: SwapOperator, registry: LiveRegistry, client: Client
) -> None:
    before = container(registry, "registry-1")
    memory = before[1] + 128
    set_for_all_releases(operator, registryMemory=memory)
    with BackgroundLoad(client) as load:
        load.await_more(10)
        for done in (operator.up(), registry.pulumi("preview", config=settings_of(operator))):
            assert done.returncode != 0
            assert "colour red, release 1, is live" in done.stdout
            assert f"before: modern.memory {before[1]}; now: modern.memory {memory}" in done.stdout
            assert "`operate swap" in done.stdout
        assert container(registry, "registry-1") == before

        swapped = operator.operate("swap", "--to", "2", *QUICK, "--why", "more memory for all")
        assert swapped.returncode == 0, swapped.stdout
        load.await_more(10)
    assert load.failures == []
    assert operator.live() == "black"
    assert container(registry, "registry-2")[1] == memory
    assert container(registry, "registry-1") == before, "the way back is what it was"

    agreed = registry.pulumi("up", "--yes", "--skip-preview", config=settings_of(operator))
    assert agreed.returncode == 0, agreed.stdout
    same = registry.pulumi("preview", "--expect-no-changes", config=settings_of(operator))
    assert same.returncode == 0, same.stdout
    assert container(registry, "registry-1") == before


def test_the_way_back_leads_to_what_was_there(operator: SwapOperator, registry: LiveRegistry) -> None:
    before = container(registry, "registry-1"), container(registry, "registry-2")
    back = operator.operate("rollback")
    assert back.returncode == 0, back.stdout
    agreed = operator.up()
    assert agreed.returncode == 0, agreed.stdout
    assert (container(registry, "registry-1"), container(registry, "registry-2")) == before
    assert operator.live() == "red"
