#!/usr/bin/env bash
# Lets the clients of a global IP leave this server's front doors before the address is routed to another one, which
# knows nothing of connections that are under way here.
# close         ends each connection with its next answer from now on; again is the same as once
# kept          prints how many connections are open that were so when close was called
# open          prints how many connections are open, of any age
# hold SECONDS  drops new connections to the address for so long at most: clients repeat them, and reach the other
#               server once the address leads there. What is under way goes on
# resume        takes new connections again, which end with their next answer
# release       takes new connections again, and keeps them open again
# Usage: door-handover.sh close|kept|open|resume|release ADDRESS | hold ADDRESS SECONDS
set -euo pipefail

readonly folder=${REGISTRY_DOOR:-/etc/registry-door} run=${REGISTRY_DOOR_RUN:-/run/registry-door}
readonly unit=registry-door-hold chain=SOFTLAYER-REGISTRY-HOLD peers=$run/handover-peers

fail() { printf '%s: %s\n' "$(hostname)" "$*" >&2; exit 1; }

mangle() { iptables --wait 30 -t mangle "$@"; }

# The defaults of the proxies that follow, with connections that end with their answer.
closing() {
  awk '/^[a-z]/ { within = $1 == "defaults" } within' "$folder/current/00-global.cfg"
  printf '  option httpclose\n'
}

reload() {
  REGISTRY_DOOR=$folder REGISTRY_DOOR_RUN=$run haproxy -c -f "$folder/current" >/dev/null || return 1
  systemctl reload registry-door.service
}

clients() { ss -Htn state established src "$1" | awk '{ print $4 }' | sort; }

# The list of those from before is written last: without it, a run was ended before HAProxy took the file, or the server
# was started anew.
close_connections() {
  local file=$folder/current/01-handover.cfg
  [ ! -e "$file" ] || [ ! -e "$peers" ] || return 0
  rm -f "$peers"
  closing >"$folder/handover.new"
  mv -f "$folder/handover.new" "$file"
  reload || { rm -f "$file"; fail "HAProxy does not take connections that end with their answer; see journalctl"; }
  clients "$1" >"$peers.new"
  mv -f "$peers.new" "$peers"
}

kept_connections() { clients "$1" | comm -12 - "$peers" | wc -l; }

# Those whose client may still wait for an answer.
open_connections() {
  ss -Htan src "$1" | awk '$1 !~ /^(LISTEN|TIME-WAIT|FIN-WAIT-2|SYN-RECV)$/' | wc -l
}

unhold() {
  while mangle -D PREROUTING -j "$chain" 2>/dev/null; do :; done
  mangle -F "$chain" 2>/dev/null || return 0
  mangle -X "$chain"
}

# The way back is arranged first: an operator who is lost leaves nobody outside. It must not fail where a resume was
# faster: systemd keeps the name of a unit that has failed, and no hold could be arranged any more.
hold() {
  local address=$1 seconds=$2
  resume
  systemd-run --quiet --unit="$unit" --on-active="$seconds" --timer-property=AccuracySec=1 /bin/sh -c \
    "iptables --wait 30 -t mangle -D PREROUTING -j $chain; iptables --wait 30 -t mangle -F $chain;
     iptables --wait 30 -t mangle -X $chain || :" >&2
  mangle -N "$chain"
  mangle -A "$chain" -d "$address" -p tcp --syn -j DROP
  mangle -I PREROUTING 1 -j "$chain"
}

resume() {
  unhold
  systemctl stop "$unit.timer" "$unit.service" 2>/dev/null || true
}

release() {
  resume
  [ -e "$folder/current/01-handover.cfg" ] || return 0
  rm -f "$folder/current/01-handover.cfg"
  reload || fail "HAProxy does not take its configuration; see journalctl -u registry-door"
}

main() {
  local action=$1 address=$2
  [[ $address =~ ^[0-9]+(\.[0-9]+){3}$ ]] || fail "door-handover: ${address:-nothing} must be an IPv4 address"
  exec 9>"$folder/lock"
  flock -w 20 9 || fail "another run holds $folder/lock; pulumi up may be writing the doors. Try again"
  case $action in
    close) close_connections "$address" ;;
    kept) kept_connections "$address" ;;
    open) open_connections "$address" ;;
    hold) hold "$address" "$3" ;;
    resume) resume ;;
    release) release ;;
    *) fail "door-handover: no action $action" ;;
  esac
}

main "$@"; exit
