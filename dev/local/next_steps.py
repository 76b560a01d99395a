"""What `make up` ends with: the registry's endpoint, and commands to copy."""

from collections.abc import Mapping


def next_steps(outputs: Mapping[str, object]) -> str:
    """Return the last lines of `make up`.

    Args:
        outputs: of the stack, secrets masked.
    """
    address = str(outputs["endpoint"]).partition("://")[2]
    return f"""
Now, on this machine:

  bin/operate login local                 # Docker, Podman and Skopeo believe the registry and know its user
  docker pull debian:12 && docker tag debian:12 {address}/debian:12
  docker push {address}/debian:12

  bin/operate status local                # colours, doors, storage, certificates
  bin/operate open local                  # the same in a browser
  bin/operate swap local --to 2 --set memory=640 --bake 1   # another release goes live, no request fails
  make shell                              # pulumi and operate on this stack; make down takes it away

registry endpoint: {outputs["endpoint"]}
"""
