"""Settings of Docker of any shape, and the script that edits them."""

from hypothesis import strategies as st

from dev.local.environment import CHECKOUT

LIBRARY = CHECKOUT / "components" / "scripts" / "lib" / "storage-driver-systemd.sh"


KEYS = st.sampled_from(["storage-driver", "hosts", 'a"', "\\", "{"]) | st.text(max_size=4)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6) | st.just("storage-driver"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)
