#!/usr/bin/env bash
# Runs a command that computes only where nothing else wants to. `nice` does not do that: where the kernel groups
# processes by session, as Debian's does, it counts within its own session only (sched(7), the autogroup feature);
# and one that wakes up takes the place of an idle-class process at once, of a nice one after a while.
# Usage: setsid --wait low-priority.sh COMMAND...
set -euo pipefail

main() {
  [ ! -e /proc/self/autogroup ] || printf 19 >/proc/self/autogroup
  exec chrt --idle 0 "$@"
}

main "$@"
