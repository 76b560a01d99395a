#!/usr/bin/env bash
# Runs a command in a session that gives way to every other one. `nice` alone does not: where the kernel groups
# processes by session, as Debian's does, it counts within its own session only (sched(7), the autogroup feature).
# Usage: setsid --wait low-priority.sh NICE COMMAND...
set -euo pipefail

main() {
  local nice=$1
  shift
  [ ! -e /proc/self/autogroup ] || printf '%s' "$nice" >/proc/self/autogroup
  exec nice -n "$nice" "$@"
}

main "$@"
