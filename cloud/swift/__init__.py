"""Real object storage: one OpenStack Swift a datacenter, with v1 auth as SoftLayer had it."""

import os

# Swift is reached by address alone. Its processes start in half the time without eventlet's own resolver.
os.environ.setdefault("EVENTLET_NO_GREENDNS", "yes")
