#!/usr/bin/env bash
# Makes a standby the registry by what `pulumi up` has prepared on it. Prints each step with its milliseconds.
# Usage: standby-start.sh COLOUR
set -euo pipefail

readonly folder=${REGISTRY_STANDBY:-/etc/registry-standby}

main() {
  [ -e "$folder/start" ] || {
    printf '%s: no standby is prepared here; run pulumi up while the server answers\n' "$(hostname)" >&2
    exit 1
  }
  # The scripts that it runs read their own input.
  exec bash "$folder/start" "$1" </dev/null
}

main "$@"; exit
