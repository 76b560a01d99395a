"""Red-black swaps: the idle colour gets a release, is tried, goes live, and can go back."""
