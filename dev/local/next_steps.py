"""What `make up` ends with: the registry's endpoint, and commands to copy."""

from collections.abc import Collection, Mapping
from itertools import count


def next_steps(outputs: Mapping[str, object], releases: Collection[str] = ()) -> str:
    """Return the last lines of `make up`.

    Args:
        outputs: Outputs of the stack, secrets masked.
        releases: Names of the releases of the stack file.
    """
    free_name = next(number for number in count(2) if str(number) not in releases)
    address = str(outputs["endpoint"]).partition("://")[2]
    user = str(outputs.get("user") or "docker")
    swap = f"bin/operate swap local --to {free_name} --set memory=1280 --bake 1"
    return f"""
Now, on this machine, with its Docker daemon (systemctl start docker, or dockerd &):

  bin/operate login local                 # Docker, Podman and Skopeo trust the registry and know its user
  tar -c docs | docker import - {address}/first:1   # an image, of any folder
  docker push {address}/first:1
  bin/operate images local                # what is in the registry

A pull on another server, b, whose Docker trusts the registry already:

  .venv/bin/python -m dev.local shell pulumi stack output password --show-secrets | \\
    bin/operate ssh local b docker login --username {user} --password-stdin {address}
  bin/operate ssh local b docker pull {address}/first:1

More of the stack:

  bin/operate status local                # colours, front doors, traffic, warnings
  bin/operate open local                  # more of it in a browser
  {swap}   # another release goes live, no request fails
  make shell                              # pulumi and operate on this stack
  make down                               # destroys the stack and the local cloud

docs/guides/first-registry.md explains these commands, and docs/guides/first-swap.md the swap.

registry endpoint: {outputs["endpoint"]}
"""
