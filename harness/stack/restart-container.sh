#!/usr/bin/env bash
# Restarts a container and waits until it is healthy; again is the same as once.
# Usage: restart-container.sh NAME
set -euo pipefail

main() {
  local name=$1 tries=0
  docker restart "$name" >/dev/null
  until [ "$(docker inspect --format '{{.State.Health.Status}}' "$name")" = healthy ]; do
    tries=$((tries + 1))
    [ "$tries" -lt 300 ] || { printf '%s: %s is not healthy after its restart\n' "$(hostname)" "$name" >&2; exit 1; }
    sleep 0.2
  done
}

main "$@"; exit
