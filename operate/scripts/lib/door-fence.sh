#!/usr/bin/env bash
# The lock and the fence of a server's doors, and how a file of theirs is written; $folder is theirs.
# shellcheck disable=SC2154 # whoever sources this sets it

# Ends the script with an exit code and a message that names the server.
refuse() { local code=$1; shift; printf '%s: %s\n' "$(hostname)" "$*" >&2; exit "$code"; }

# Writes standard input to a file that the doors read: whole or not at all, and on the disk before it counts, so that a
# server that loses its power has the file of before or the new one. Under the doors' lock, what is new is what an ended
# run has left. Each step is asked for by itself: set -e does not count where the caller looks at the result.
write() {
  local new
  rm -f "$folder"/new.??????
  if ! new=$(mktemp "$folder/new.XXXXXX") || ! cat >"$new" || ! chmod 644 "$new" || ! sync "$new" ||
    ! mv -f "$new" "$1"; then
    rm -f "$folder"/new.??????
    refuse 1 "$1 could not be written, and is as it was"
  fi
  sync "$folder"
}

# Waits for the doors' lock, which is held until the script ends.
lock_doors() {
  exec 9>"$folder/lock"
  flock -w 20 9 || refuse 1 "another run holds $folder/lock; pulumi up may be writing the doors. Try again"
}

# Refuses the token of an operator after whom another one has acted.
require_latest() {
  local token=$1 last
  last=$(cat "$folder/fence" 2>/dev/null || echo 0)
  [ "$token" -ge "$last" ] ||
    refuse 3 "token $token is older than $last: another operator has acted since; ask operate status. Nothing is changed"
}
