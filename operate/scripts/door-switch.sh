#!/usr/bin/env bash
# Makes a colour live in every door of this server: in the file that a new HAProxy reads, and in each process that
# runs, those that a reload left included where they know the colour as well. Requests that are under way end where
# they began. Prints the live colour "BEFORE AFTER". Again is the same as once. Exit code 3: an operator with a later
# token has acted; nothing is changed. Exit code 4: the colour is not there or not healthy; nothing is changed, unless
# "force" is given.
# Usage: door-switch.sh COLOUR TOKEN [force]
set -euo pipefail

# shellcheck source=/dev/null
source lib/door-fence.sh
# shellcheck source=/dev/null
source lib/door-workers.sh

readonly folder=${REGISTRY_DOOR:-/etc/registry-door} run=${REGISTRY_DOOR_RUN:-/run/registry-door}
readonly map=$folder/live.map

generations() { awk '{ print $1 }' "$map"; }

fence() {
  require_latest "$1"
  printf '%s\n' "$1" | write "$folder/fence"
}

require_healthy() {
  local colour=$1 statistics generation status
  statistics=$(printf 'show stat -1 2 -1\n' | socat -t 5 - "UNIX-CONNECT:$run/door.sock")
  for generation in $(generations); do
    status=$(awk -F, -v name="front-$generation-$colour" '$1 == name { print $18 }' <<<"$statistics")
    [ "$status" = UP ] ||
      refuse 4 "the door has ${status:-no} $generation registry of the colour $colour; nothing is changed"
  done
}

# Sets the map of one process, and prints it; a process older than the colours has no such map, and needs none.
# Usage: set_colour WORKER COLOUR GENERATION...
set_colour() {
  local worker=$1 colour=$2 generation commands=''
  shift 2
  for generation in "$@"; do commands+="@!$worker set map $map $generation $colour; "; done
  master "$commands@!$worker show map $map"
}

# A colour's registries as a process has them, "GENERATION ID STATUS"; front_door_config.py says what the id is.
registries() {
  local worker=$1 colour=$2
  master "@!$worker show stat -1 4 -1" | awk -F, -v colour="$colour" -v all="$(generations | paste -sd ' ')" '
    BEGIN { n = split(all, name, " "); for (i = 1; i <= n; i++) generation["front-" name[i] "-" colour] = name[i] }
    $1 in generation && $2 == colour { split($18, status, " "); print generation[$1], $29, status[1] }'
}

# The generations in which a process that a reload left can reach what the newest one, whose registries are on
# standard input, has as a colour. One from before the colour's release came, or that found it down and looks no more,
# could but refuse: its last requests go to the colour from before, which is there.
reached() {
  local worker=$1 colour=$2
  awk 'NR == FNR { id[$1] = $2; next } $3 == "UP" && id[$1] == $2 { print $1 }' - <(registries "$worker" "$colour")
}

# Whether a map, on standard input, sends every generation there.
has_colour() {
  awk -v colour="$1" 'NF == 3 { total++; if ($3 == colour) right++ } END { exit !(total > 0 && total == right) }'
}

# A reload by hand may bring a new process meanwhile: the list is read again until it stays the same.
take_effect() {
  local colour=$1 before='' now tries=0 worker newest current names
  now=$(workers) || return 1
  while [ "$now" != "$before" ]; do
    tries=$((tries + 1))
    [ "$tries" -le 10 ] || return 1
    newest=''
    for worker in $now; do
      if [ -z "$newest" ]; then
        mapfile -t names < <(generations)
        newest=$(set_colour "$worker" "$colour" "${names[@]}")
        current=$(registries "$worker" "$colour")
      else
        mapfile -t names < <(reached "$worker" "$colour" <<<"$current")
        set_colour "$worker" "$colour" "${names[@]}" >/dev/null || true
      fi
    done
    before=$now
    now=$(workers) || return 1
  done
  has_colour "$colour" <<<"$newest"
}

main() {
  local colour=$1 token=$2 force=${3:-} before
  [[ $colour =~ ^[a-z0-9][a-z0-9-]*$ && $token =~ ^[0-9]+$ ]] || refuse 2 "usage: door-switch.sh COLOUR TOKEN [force]"
  [ -s "$map" ] || refuse 4 "there is no front door with colours ($map is not there); run pulumi up first"
  lock_doors
  fence "$token"
  [ "$force" = force ] || require_healthy "$colour"
  before=$(awk '{ print $2 }' "$map" | sort -u | paste -sd +)
  generations | sed "s/\$/ $colour/" | write "$map"
  take_effect "$colour" || refuse 1 "the door's file says $colour, but the running HAProxy did not take it; run \
systemctl reload registry-door on it"
  printf '%s %s\n' "$before" "$colour"
}

main "$@"; exit
