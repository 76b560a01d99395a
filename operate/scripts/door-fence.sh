#!/usr/bin/env bash
# Lets the doors of this server remember the token of an operator: whoever has a lower one changes nothing from now on,
# and records that are older do not count. Again is the same as once. Exit code 3: an operator with a later token has
# acted; nothing is changed.
# Usage: door-fence.sh TOKEN
set -euo pipefail

readonly folder=${REGISTRY_DOOR:-/etc/registry-door}

refuse() { local code=$1; shift; printf '%s: %s\n' "$(hostname)" "$*" >&2; exit "$code"; }

main() {
  local token=$1 last new
  [[ $token =~ ^[0-9]{1,18}$ ]] || refuse 2 "usage: door-fence.sh TOKEN"
  [ -d "$folder" ] || refuse 1 "there is no door ($folder does not exist); run pulumi up first"
  exec 9>"$folder/lock"
  flock -w 20 9 || refuse 1 "another run holds $folder/lock; pulumi up may be writing the doors. Try again"
  last=$(cat "$folder/fence" 2>/dev/null || echo 0)
  [ "$token" -ge "$last" ] ||
    refuse 3 "token $token is older than $last: another operator has acted since; ask operate status. Nothing is changed"
  new=$(mktemp "$folder/new.XXXXXX")
  printf '%s\n' "$token" >"$new"
  chmod 644 "$new"
  sync "$new"
  mv -f "$new" "$folder/fence"
}

# One line: the shell has read it whole when main reads what follows.
main "$@"; exit
