#!/usr/bin/env bash
# Writes the registry's htpasswd file, which follows on standard input. The file is replaced as a whole, and
# not touched when nothing changes: the registry reads it again when its time changes.
# Usage: registry-users.sh FOLDER
set -euo pipefail

main() {
  local folder=$1 new
  install -d -m 700 "$folder"
  new=$(mktemp "$folder/.htpasswd.XXXXXX")
  # shellcheck disable=SC2064 # the file is fixed now on purpose
  trap "rm -f '$new'" EXIT
  cat >"$new"
  if cmp -s "$new" "$folder/htpasswd"; then echo unchanged; return; fi
  chmod 600 "$new"
  mv -f "$new" "$folder/htpasswd"
  echo changed
}

# One line: the shell has read it whole when main reads what follows.
main "$@"; exit
