#!/usr/bin/env bash
# Succeeds where the front doors of this server serve: HAProxy runs, and the live colour of each answers its health
# check. Fails with the reason otherwise. Changes nothing.
# Usage: door-health.sh
set -euo pipefail

# shellcheck source=/dev/null
source lib/fail.sh

readonly folder=${REGISTRY_DOOR:-/etc/registry-door} run=${REGISTRY_DOOR_RUN:-/run/registry-door}

master() { printf '%s\n' "$1" | socat -t 5 - "UNIX-CONNECT:$run/master.sock" 2>/dev/null; }

# The process that takes new connections.
worker() {
  master 'show proc' |
    awk '$1 == "#" { section = $2 } section == "workers" && $2 == "worker" { print $1; exit }'
}

# Prints the state of a backend: UP or DOWN; nothing where there is none of that name.
state() {
  awk -F, -v backend="$2" '
    /^# / { for (i = 1; i <= NF; i++) { name = $i; sub(/^# /, "", name); at[name] = i } }
    $1 == backend && $(at["svname"]) == "BACKEND" { print $(at["status"]) }' <<<"$1"
}

main() {
  local newest statistics generation colour backend_state
  newest=$(worker) || true
  [ -n "$newest" ] || fail "HAProxy does not run; see systemctl status registry-door on it"
  statistics=$(master "@!$newest show stat -1 2 -1") || fail "HAProxy does not answer"
  [ -s "$folder/live.map" ] || fail "no colour is live; run pulumi up"
  while read -r generation colour; do
    backend_state=$(state "$statistics" "front-$generation-$colour")
    [ "$backend_state" = UP ] ||
      fail "$colour, the live colour of the generation $generation, is ${backend_state:-missing}"
  done <"$folder/live.map"
}

# One line: the shell has read it whole when main reads what follows.
main "$@"; exit
