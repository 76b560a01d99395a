"""What rotations are tried with: the kinds of secrets that have generations, and names of releases."""

from hypothesis import strategies as st

from operate.record.rotation_plan import KINDS

GENERATIONS = sorted(name for name, kind in KINDS.items() if kind.generation)
NAMES = st.from_regex(r"[a-z0-9][a-z0-9.-]{0,31}", fullmatch=True)
