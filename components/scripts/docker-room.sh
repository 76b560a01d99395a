#!/usr/bin/env bash
# Fails with a remedy when Docker's disk has less than KB free; Docker's own error has none.
# Usage: docker-room.sh KB
set -euo pipefail

# shellcheck source=/dev/null
source lib/fail.sh
# shellcheck source=/dev/null
source lib/docker-says.sh
# shellcheck source=/dev/null
source lib/docker-disk.sh

main() {
  local trouble
  trouble=$(disk_trouble "$1")
  [ -z "$trouble" ] || fail "$trouble"
}

# One line: the shell has read it whole when main reads what follows.
main "$@"; exit
