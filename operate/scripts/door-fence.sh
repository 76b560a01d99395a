#!/usr/bin/env bash
# Lets the doors of this server remember the token of an operator: whoever has a lower one changes nothing from now on,
# and records that are older do not count. Again is the same as once. Exit code 3: an operator with a later token has
# acted; nothing is changed.
# Usage: door-fence.sh TOKEN
set -euo pipefail

# shellcheck source=/dev/null
source lib/door-fence.sh

readonly folder=${REGISTRY_DOOR:-/etc/registry-door}

main() {
  local token=$1
  [[ $token =~ ^[0-9]{1,18}$ ]] || refuse 2 "usage: door-fence.sh TOKEN"
  [ -d "$folder" ] || refuse 1 "there is no door ($folder does not exist); run pulumi up first"
  lock_doors
  require_latest "$token"
  printf '%s\n' "$token" | write "$folder/fence"
}

# One line: the shell has read it whole when main reads what follows.
main "$@"; exit
