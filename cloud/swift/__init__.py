"""Real object storage: one OpenStack Swift a datacenter, with v1 auth as SoftLayer had it."""

import os

# Swift is reached by address alone. eventlet's own resolver doubles the time in which each of its processes starts.
os.environ.setdefault("EVENTLET_NO_GREENDNS", "yes")
