#!/usr/bin/env bash
# Asks the processes of the doors' HAProxy; $run is its folder.
# shellcheck disable=SC2154 # whoever sources this sets it

master() { printf '%s\n' "$1" | socat -t 5 - "UNIX-CONNECT:$run/master.sock"; }

# Every process that serves, the newest first. The master does not answer for a moment while it reloads.
workers() {
  local found tries=0
  until found=$(master 'show proc' 2>/dev/null | awk '$2 == "worker" { print $1 }') && [ -n "$found" ]; do
    tries=$((tries + 1))
    [ "$tries" -lt 50 ] || return 1
    sleep 0.1
  done
  printf '%s\n' "$found"
}
