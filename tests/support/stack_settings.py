"""The smallest stack file that is accepted, and values of any shape that it may hold instead."""

import json
from collections.abc import Mapping
from pathlib import Path

from hypothesis import strategies as st

SERVER = {"name": "a", "datacenter": "dal05", "os": "DEBIAN_12_64", "flavor": "B1_2X4X100"}


MINIMAL = {"domain": "registry.example", "sshKeyFile": "~/.ssh/id_ed25519", "servers": [SERVER]}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


def write_stack_file(file: Path, values: Mapping[str, object]) -> Path:
    """Write a stack file with settings and a user name of the account, and return its place."""
    lines = [f"  softlayer-registry:{key}: {json.dumps(value)}" for key, value in values.items()]
    file.write_text("\n".join(["config:", "  softlayer:username: somebody", *lines, ""]))
    return file
