#!/usr/bin/env bash
# Small objects of operators in a folder of this server, for a stack without Swift. One run at a time. The content of
# put and create follows on standard input; BYTES is its length, since a connection that breaks ends it as well.
# `get` prints the seconds since it was written, by this server's clock, and the content. What was written in the
# future, since the clock went back, counts as written now: a lock must end, whatever the clock shows.
# Exit code 4: it is not there (get), or is there already (create).
# `time` prints this server's time in seconds since the epoch.
# Usage: folder-store.sh get|delete|names NAME | put|create NAME BYTES | time
set -euo pipefail

readonly folder=${REGISTRY_OPERATE:-/var/lib/registry-operate}

fail() { printf '%s: %s\n' "$(hostname)" "$*" >&2; exit 1; }

# Whole or not at all, and on the disk before it is told. Under the lock, what is new is what an ended run has left.
write() {
  local new parent
  parent=$(dirname "$1")
  mkdir -p "$parent"
  rm -f "$folder"/.new.*
  new=$(mktemp "$folder/.new.XXXXXX")
  cat >"$new"
  [ "$(stat -c %s "$new")" = "$2" ] || fail "the connection broke before all of it came, so that it is as it was"
  sync "$new"
  mv -f "$new" "$1"
  sync "$parent"
}

main() {
  local action=$1 name=${2:-none} bytes=${3:-} now written
  [[ $name =~ ^[A-Za-z0-9][A-Za-z0-9/._-]*$ && $name != *..* ]] || fail "$name is no name of an object"
  umask 077
  mkdir -p "$folder"
  exec 9>"$folder/.lock"
  flock -w 20 9 || fail "another run holds $folder/.lock for 20 s now; look for a process that hangs on it"
  case $action in
    get)
      [ -f "$folder/$name" ] || exit 4
      now=$(date +%s.%N)
      written=$(stat -c %.9Y "$folder/$name")
      if awk -v now="$now" -v written="$written" 'BEGIN { exit !(written > now + 1) }'; then
        touch --date "@$now" "$folder/$name"
        written=$now
      fi
      awk -v now="$now" -v written="$written" 'BEGIN { printf "%.3f\n", now - written }'
      cat "$folder/$name"
      ;;
    put) write "$folder/$name" "$bytes" ;;
    create)
      [ ! -e "$folder/$name" ] || exit 4
      write "$folder/$name" "$bytes"
      ;;
    delete) rm -f "$folder/$name" ;;
    names) (cd "$folder" && find . -type f ! -name '.*' -printf '%P\n' | LC_ALL=C sort) ;;
    time) date +%s ;;
    *) fail "usage: folder-store.sh get|delete|names NAME | put|create NAME BYTES | time" ;;
  esac
}

# One line: the shell has read it whole when main reads what follows.
main "$@"; exit
