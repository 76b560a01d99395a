#!/usr/bin/env bash
# Keeps the keys of the program in root's authorized_keys, and nobody else's: keys are added, and those that an earlier
# run added and that are not among them any more are taken away. Lines with options, and keys that people added, stay.
# Whoever runs this has logged in with the first key, so that taking another one away locks nobody out.
# Prints "changed" or "unchanged".
# Usage: authorized-keys.sh "TYPE BASE64"...
set -euo pipefail

# shellcheck source=/dev/null
source lib/fail.sh

readonly ssh_folder=${AUTHORIZED_KEYS_HOME:-/root}/.ssh
readonly record=${AUTHORIZED_KEYS_RECORD:-/etc/softlayer-registry/authorized-keys}

# Prints authorized_keys as it must be. Arguments: the keys. A key of the program is a line without options.
desired_lines() {
  local key
  for key in "$@"; do
    plain_line "$key" || printf '%s softlayer-registry\n' "$key"
  done
  # The record is empty at the first run; awk would take its next file for the first one.
  { sed 's/^/R /' "$record" 2>/dev/null || true; printf 'K %s\n' "$@"; sed 's/^/F /' "$file"; } | awk '
    $1 == "R" { recorded[$2 " " $3] = 1; next }
    $1 == "K" { kept[$2 " " $3] = 1; next }
    { key = $2 " " $3; if (!((key in recorded) && !(key in kept))) print substr($0, 3) }'
}

# Whether a key has a line of its own, without options.
plain_line() { awk -v key="$1" '$1 " " $2 == key { matches = 1 } END { exit !matches }' "$file"; }

# Writes standard input to a file, whole or not at all, with the owner and mode of a key file. It is on the disk before
# it takes the place of the one before: a loss of power must not leave a server that lets nobody in.
write() {
  local new
  new=$(mktemp "$1.XXXXXX")
  if ! cat >"$new" || ! chmod 600 "$new" || { [ -e "$1" ] && ! chown --reference="$1" "$new"; } || ! sync "$new" ||
    ! mv -fT "$new" "$1"; then
    rm -f "$new"
    fail "authorized-keys: $1 could not be written, and is as it was"
  fi
}

main() {
  local key new file
  [ "$#" -gt 0 ] || fail "authorized-keys: at least one key must be named"
  for key in "$@"; do
    [[ $key =~ ^[a-z0-9@.-]+\ [A-Za-z0-9+/=]+$ ]] || fail "authorized-keys: a key must be TYPE BASE64, got $key"
  done
  umask 077
  mkdir -p "$ssh_folder" "$(dirname "$record")"
  exec 9>"$record.lock"
  flock -w 60 9 || fail "authorized-keys: another run holds $record.lock for a minute now; end it or wait"
  [ -e "$ssh_folder/authorized_keys" ] || : >"$ssh_folder/authorized_keys"
  file=$(readlink -f "$ssh_folder/authorized_keys")
  # A last line without its end would swallow the next one.
  [ -z "$(tail -c 1 "$file")" ] || printf '\n' >>"$file"
  new=$(desired_lines "$@")
  if [ "$new" = "$(cat "$file")" ]; then
    echo unchanged
  else
    printf '%s\n' "$new" | write "$file"
    echo changed
  fi
  printf '%s\n' "$@" | write "$record"
}

# One line: the shell has read it whole when main reads what follows.
main "$@"; exit
