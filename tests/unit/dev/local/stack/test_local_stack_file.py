"""The stack file of the local environment, of which a fresh one is not warned."""

from ipaddress import IPv4Network

import yaml

from cloud.machines.network.free_network import first_free
from dev.local.environment import CHECKOUT, STACK
from dev.local.stack.stack_file import outdated_settings


def test_ssh_is_open_to_this_machine_whatever_network_the_local_cloud_takes() -> None:
    config = yaml.safe_load((CHECKOUT / "stacks" / f"Pulumi.{STACK}.yaml").read_text())["config"]
    networks = [IPv4Network(network) for network in config["softlayer-registry:sshFrom"]]
    taken = {network for start in range(256) if (network := first_free(start, []))}
    assert len(taken) > 1
    assert [network for network in taken if not any(map(network.subnet_of, networks))] == []


def test_only_what_this_machine_lacks_is_written_into_a_kept_file() -> None:
    machine = {"softlayer:endpointUrl": "new", "softlayer-registry:registryBaseArchive": "archive"}
    assert outdated_settings({}, machine) == machine
    assert outdated_settings(dict(machine), machine) == {}
    present = {"softlayer:endpointUrl": "old", "softlayer-registry:registryBaseArchive": "chosen"}
    assert outdated_settings(present, machine) == {"softlayer:endpointUrl": "new"}
