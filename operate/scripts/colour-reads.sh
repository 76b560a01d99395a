#!/usr/bin/env bash
# Prints what clients have read lately through the live colour and got, "METHOD PATH" a line, each once, the latest
# first: what another colour must answer alike. Uploads' states are left out, since only one client may ask for
# them. Changes nothing.
# Usage: colour-reads.sh GENERATION COUNT [SECONDS]
set -euo pipefail

readonly folder=${REGISTRY_DOOR:-/etc/registry-door}

fail() { printf '%s: %s\n' "$(hostname)" "$*" >&2; exit 1; }

main() {
  local generation=$1 count=$2 seconds=${3:-3600} colour
  colour=$(awk -v name="$generation" '$1 == name { print $2 }' "$folder/live.map" 2>/dev/null) || true
  [ -n "$colour" ] || fail "no front door with colours has the generation $generation; run pulumi up first"
  # 141: awk has enough and leaves; of a busy door the journal has more than a pipe takes.
  { journalctl --identifier haproxy --since "-${seconds}s" --output cat --no-pager --reverse || [ "$?" -eq 141 ]; } |
    awk -v backend="front-$generation-$colour/" -v count="$count" '
      index($4, backend) == 1 && ($6 ~ /^2/ || $6 == 307 || $6 == 302) &&
        match($0, /"(GET|HEAD) [^ "]+ HTTP\/[0-9.]+"$/) {
        split(substr($0, RSTART + 1, RLENGTH - 2), request, " ")
        # Over HTTP/2 the door logs whole addresses. Whatever else a stranger wrote there is left out.
        sub(/^https:\/\/[^\/]*/, "", request[2])
        line = request[1] " " request[2]
        if (request[2] ~ /^\/v[12]\/[A-Za-z0-9._~:\/?=&%+@,-]*$/ && request[2] !~ /\/blobs\/uploads\// &&
          !seen[line]++) { print line; if (++printed == count) exit }
      }'
}

main "$@"; exit
