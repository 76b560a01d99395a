#!/usr/bin/env bash
# Tells the doors of this server which colours there are, and prints the colour that is live. Which one that is,
# the door itself knows, and nothing here changes it; a server that has no door yet begins with BEGIN. What would
# take the live colour away, or put another release in its place, is refused before anything of it is touched.
# GENERATIONS, with a door each, are parted by commas; COLOUR=RELEASE is given for each colour that is to be there.
# Usage: door-colours.sh tell GENERATIONS BEGIN COLOUR=RELEASE... | forget
set -euo pipefail

readonly folder=${REGISTRY_DOOR:-/etc/registry-door}

fail() { printf '%s: %s\n' "$(hostname)" "$*" >&2; exit 1; }

# Writes standard input to a file that the door reads, whole or not at all.
write() {
  local new
  new=$(mktemp "$folder/new.XXXXXX")
  cat >"$new"
  chmod 644 "$new"
  mv -f "$new" "$1"
}

# Prints the value of a key in a file of "KEY VALUE" lines; nothing where it is not there.
value() { [ ! -e "$1" ] || awk -v key="$2" '$1 == key { print $2; exit }' "$1"; }

# Arguments: COLOUR, COLOUR=RELEASE...
wanted_release() {
  local colour=$1 one
  shift
  for one in "$@"; do
    [ "${one%%=*}" != "$colour" ] || printf '%s\n' "${one#*=}"
  done
}

refuse_loss() {
  local colour had has live
  [ -s "$folder/live.map" ] || return 0
  mapfile -t live < <(awk '{ print $2 }' "$folder/live.map" | sort -u)
  for colour in "${live[@]}"; do
    had=$(value "$folder/colours" "$colour")
    has=$(wanted_release "$colour" "$@")
    if [ -z "$has" ]; then
      fail "colour $colour, release ${had:-unknown}, is live and would be taken away; switch to the other colour \
first (operate swap or operate rollback), then run pulumi up again. Nothing has been changed"
    elif [ -n "$had" ] && [ "$had" != "$has" ]; then
      fail "colour $colour is live with release $had and would get release $has under its clients; give $has to \
the other colour and switch (operate swap). Nothing has been changed"
    fi
  done
}

tell() {
  local generations=$1 begin=$2 live generation one
  shift 2
  refuse_loss "$@"
  live=$([ ! -e "$folder/live.map" ] || awk '{ print $2; exit }' "$folder/live.map")
  live=${live:-$begin}
  for one in "$@"; do printf '%s %s\n' "${one%%=*}" "${one#*=}"; done | write "$folder/colours"
  for generation in ${generations//,/ }; do
    one=$(value "$folder/live.map" "$generation")
    printf '%s %s\n' "$generation" "${one:-$live}"
  done | write "$folder/live.map"
  printf '%s\n' "$live"
}

main() {
  local action=$1
  shift
  [ "$action" = tell ] || { rm -f "$folder/colours" "$folder/live.map" "$folder/fence"; return; }
  [ -d "$folder" ] || fail "HAProxy is not set up; run proxy.sh first"
  exec 9>"$folder/lock"
  flock -w 60 9 || fail "another run holds $folder/lock for a minute now; end it or wait, then run pulumi up again"
  tell "$@"
}

# One line: the shell has read it whole when main reads what follows.
main "$@"; exit
