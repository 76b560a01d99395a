"""Chance that can be repeated: the same seed and words give the same numbers, in any process."""

import hashlib


def fraction(seed: int, *what: object) -> float:
    """Return a number in [0, 1) that depends on the seed and the words alone, evenly spread over them."""
    digest = hashlib.sha256("\0".join(map(str, (seed, *what))).encode()).digest()
    # 53 bits fit into a float exactly, so that it cannot round up to 1.
    return (int.from_bytes(digest[:8], "big") >> 11) / 2**53
