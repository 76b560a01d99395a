"""Images made on this machine: the local cloud's machine, and the base that stands in for `registry:2.8.3`.

Both are put together by mmdebstrap from the machine's own apt sources, once, and kept in the cache. Only the
standard library is used, so that it runs before any Python package is installed.
"""
