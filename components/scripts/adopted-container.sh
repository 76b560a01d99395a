#!/usr/bin/env bash
# Removes a container of this program that no state knows any more, so that another one of its name can be made. A
# container without the program's label is somebody else's, and stays. Prints "removed" or "nothing".
# Usage: adopted-container.sh NAME
set -euo pipefail

# shellcheck source=/dev/null
source lib/fail.sh

main() {
  local labels
  if ! labels=$(docker inspect --format '{{json .Config.Labels}}' "$1" 2>/dev/null); then echo nothing; return; fi
  [[ $labels == *'"softlayer-registry.release"'* ]] ||
    fail "container $1 was not made by this program; rename or remove it, then run the command again"
  docker rm --force "$1" >/dev/null
  echo removed
}

# One line: the shell has read it whole when main reads what follows.
main "$@"; exit
