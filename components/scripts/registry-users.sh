#!/usr/bin/env bash
# Writes the registry's htpasswd file, which follows on standard input. The file is replaced as a whole, and
# not touched when nothing changes: the registry reads it again when its time changes. Beside root, a group may read it.
# Usage: registry-users.sh FOLDER [GROUP]    GROUP is a number: that of the registry's user in its container
set -euo pipefail

main() {
  local folder=$1 group=${2:-0} new
  install -d -m 750 -o 0 -g "$group" "$folder"
  new=$(mktemp "$folder/.htpasswd.XXXXXX")
  # shellcheck disable=SC2064 # the file is fixed now on purpose
  trap "rm -f '$new'" EXIT
  cat >"$new"
  chgrp "$group" "$new"
  chmod 640 "$new"
  if cmp -s "$new" "$folder/htpasswd" && [ "$(stat -c '%g %a' "$folder/htpasswd")" = "$group 640" ]; then
    echo unchanged
    return
  fi
  mv -f "$new" "$folder/htpasswd"
  echo changed
}

# One line: the shell has read it whole when main reads what follows.
main "$@"; exit
