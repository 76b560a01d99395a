"""The smallest stack file that is accepted, and values of any shape that it may hold instead."""

from hypothesis import strategies as st

SERVER = {"name": "a", "datacenter": "dal05", "os": "DEBIAN_12_64", "flavor": "B1_2X4X100"}


MINIMAL = {"domain": "registry.example", "sshKeyFile": "~/.ssh/id_ed25519", "servers": [SERVER]}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
