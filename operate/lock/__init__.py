"""One operator at a time: a lock with owner, time to live, heartbeat and fencing token."""
