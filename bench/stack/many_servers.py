"""`pulumi up` of many servers on sshd's ordinary limits: `python -m bench.stack.many_servers`.

A stack of 20 servers, one of which carries the registry, comes up on the local cloud with machines. Their
sshd begins to refuse logins beyond ten that are under way (`MaxStartups 10:30:100`). Prints the time and how
many logins the servers refused; exit code 1 where `pulumi up` fails or a second one would change something.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

import yaml

from bench.command import run_command
from bench.stack.live_stack import registry_up
from harness.stack.example_stack import ExampleStack
from harness.stack.live_stack import LiveRegistry

SERVERS = 20
UP_SECONDS = 1800
_DATACENTER = "dal05"
_REFUSED = "journalctl --unit ssh --output cat --no-pager | grep -c 'past MaxStartups' || true"


def stack_file(registry: LiveRegistry, count: int) -> str:
    """Return the settings of a stack of so many servers; the first one carries the registry."""
    config = yaml.safe_load(registry.environment.stack_file.read_text())["config"]
    first, client = config["softlayer-registry:servers"][:2]
    clients = [{**client, "name": f"client{number}"} for number in range(1, count)]
    config |= {
        "softlayer-registry:servers": [{**first, "name": "first", "datacenter": _DATACENTER}, *clients],
        "softlayer-registry:objectContainer": "many",
    }
    return yaml.safe_dump({"config": config})


def refused_logins(registry: LiveRegistry, stack: ExampleStack) -> int:
    """Return how many logins the sshd of all servers together refused."""
    servers = stack.outputs()["servers"]
    assert isinstance(servers, dict)
    answers = (registry.ssh_to(server["address"], _REFUSED).stdout for server in servers.values())
    return sum(int(answer or 0) for answer in answers)


def measure(registry: LiveRegistry, folder: Path, count: int) -> bool:
    """Bring the stack up and down again, print what it took, and return whether all went well."""
    stack = ExampleStack(registry, folder, stack_file(registry, count), UP_SECONDS)
    try:
        started = time.monotonic()
        up = stack.act("up", "--yes", "--skip-preview")
        seconds = time.monotonic() - started
        if up.returncode != 0:
            print(up.stdout, file=sys.stderr)
            return False
        repeated = stack.act("up", "--yes", "--skip-preview", "--expect-no-changes")
        if repeated.returncode != 0:
            print(repeated.stdout, file=sys.stderr)
        print(f"{count} servers up in {seconds:.0f} s; sshd refused {refused_logins(registry, stack)} logins")
        return repeated.returncode == 0
    finally:
        stack.act("destroy", "--yes", "--skip-preview")


def main() -> None:
    """Read the command line; exit code 1 where something failed."""
    parser = argparse.ArgumentParser(prog="bench.stack.many_servers", description=__doc__)
    parser.add_argument("--state", type=Path, help="of a local environment that is up")
    parser.add_argument("--scale", type=float, default=1.0, help=f"share of {SERVERS} servers")
    options = parser.parse_args()
    count = max(2, round(SERVERS * options.scale))
    with registry_up(options.state) as registry, tempfile.TemporaryDirectory(prefix="bm") as folder:
        raise SystemExit(int(not measure(registry, Path(folder), count)))


if __name__ == "__main__":
    run_command(main)
