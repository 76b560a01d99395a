#!/usr/bin/env bash
# Writes one file of the doors' HAProxy, or takes it away. The configuration follows on standard input, behind a
# line "# certificate" the certificate, its chain and its key, and behind "# authority" the authority of doors on
# other servers. The whole is checked first; what HAProxy refuses, or what has no backend for the colour that is
# live, changes nothing. Running requests go on. Prints "changed" or "unchanged".
# stage is write, but where HAProxy does not run it waits for the write that starts it, and leaves the check to that.
# Usage: door.sh write|stage|remove NAME
set -euo pipefail

# shellcheck source=/dev/null
source lib/fail.sh

readonly folder=/etc/registry-door run=/run/registry-door service=registry-door.service

# What follows, in up to three files; a door without a certificate has one.
read_door() {
  local stem=$1 line file=$1.cfg
  : >"$file"
  while IFS= read -r line; do
    case $line in
      '# certificate') file=$stem.pem ;;
      '# authority') file=$stem.ca ;;
      *) printf '%s\n' "$line" >>"$file" ;;
    esac
  done
}

# Prints the first live colour that its door would not have any more.
missing_live_colour() {
  local generation colour door
  [ -e "$folder/live.map" ] || return 0
  while read -r generation colour; do
    door=$1/front-$generation.cfg
    if grep -qs 'live\.map' "$door" && ! grep -qx "backend front-$generation-$colour" "$door"; then
      printf '%s\n' "$colour"
      return
    fi
  done <"$folder/live.map"
}

check() {
  # The doors look for it beside their folder.
  [ ! -e "$folder/live.map" ] || cp "$folder/live.map" "$1/live.map"
  REGISTRY_DOOR=$1 REGISTRY_DOOR_RUN=$run haproxy -c -f "$1/current" 2>&1 |
    sed -n 's/^\[ALERT\][^:]*: //p' | head -n 5 >"$1/refused"
  [ "${PIPESTATUS[0]}" -eq 0 ]
}

# The process that takes new connections.
worker() {
  printf 'show proc\n' | socat -t 5 - "UNIX-CONNECT:$run/master.sock" 2>/dev/null |
    awk '$1 == "#" { section = $2 } section == "workers" && $2 == "worker" { print $1; exit }'
}

# Starts or reloads, and waits until the new configuration serves.
take_effect() {
  local before now tries=0
  if ! systemctl is-active --quiet "$service"; then systemctl start "$service"; return; fi
  before=$(worker) || true
  systemctl reload "$service" || return 1
  until now=$(worker) && [ -n "$now" ] && [ "$now" != "$before" ]; do
    tries=$((tries + 1))
    [ "$tries" -lt 100 ] || return 1
    sleep 0.1
  done
}

# Why HAProxy did not take it, since a moment in seconds; such as an address that is in use.
reason() {
  journalctl --unit "$service" --since "@$1" --output cat --no-pager 2>/dev/null |
    sed -n 's/^\[ALERT\][^:]*: //p' | sort -u | head -n 3 | paste -sd ';'
}

# On the disk before it counts: HAProxy starts from it after a loss of power.
point_at() {
  find "$1" -type f -exec sync {} +
  ln -sfn "$1" "$folder/next"
  mv -fT "$folder/next" "$folder/current"
  sync "$folder"
}

# Takes away every configuration but the one in use; a run that was ended may have left more than one.
# shellcheck disable=SC2317 # the trap runs it
clean() {
  local state in_use
  in_use=$(readlink "$folder/current" || true)
  for state in "$folder"/state.*; do [ "$state/current" = "$in_use" ] || rm -rf "$state"; done
}

main() {
  local action=$1 name=$2 before staged missing_colour began why
  umask 077
  [ -x "$folder/start" ] || { [ "$action" = remove ] && return; fail "HAProxy is not set up; run proxy.sh first"; }
  exec 9>"$folder/lock"
  flock 9
  before=$(readlink "$folder/current" || true)
  [ -d "$before" ] || before=''
  staged=$(mktemp -d "$folder/state.XXXXXX")
  # Whatever ends this run, what HAProxy reads at its next start stays.
  trap clean EXIT
  mkdir "$staged/current"
  [ -z "$before" ] || cp -a "$before/." "$staged/current/"
  rm -f "$staged/current/$name".{cfg,pem,ca}
  [ "$action" = remove ] || read_door "$staged/current/$name"
  # What a run has written that was ended before HAProxy took it is no configuration that serves.
  if [ -e "${before:-none}/../served" ] && diff -rq "$before" "$staged/current" >/dev/null &&
    systemctl is-active --quiet "$service"; then
    echo unchanged
    return
  fi
  if [ "$action" = stage ] && ! systemctl is-active --quiet "$service"; then
    point_at "$staged/current"
    echo changed
    return
  fi
  missing_colour=$(missing_live_colour "$staged/current")
  [ -z "$missing_colour" ] || fail "door $name: the colour $missing_colour is live and would be taken away; switch to the other \
one first (operate swap or operate rollback). Nothing has been changed"
  check "$staged" || fail "door $name: HAProxy refuses the configuration: $(cat "$staged/refused")"
  point_at "$staged/current"
  began=$(date +%s)
  if ! take_effect; then
    why=$(reason "$began") || true
    if [ -z "$before" ]; then rm -f "$folder/current"; else { point_at "$before" && take_effect; } || true; fi
    fail "door $name: HAProxy did not take it, and the one before stays in use:" \
      "${why:-it tells no reason; see journalctl -u $service on it}"
  fi
  : >"$staged/served"
  rm -f "$staged/refused" "$staged/live.map"
  echo changed
}

# One line: the shell has read it whole when main reads what follows.
main "$@"; exit
