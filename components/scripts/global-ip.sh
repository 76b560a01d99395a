#!/usr/bin/env bash
# Makes this server hold a global IP: SoftLayer routes it here and does no more. It comes back after a reboot,
# before the front door that listens on it.
# hold     holds the address, and no other one; prints "changed" or "unchanged"
# release  holds none
# Usage: global-ip.sh hold ADDRESS | release
set -euo pipefail

# shellcheck source=/dev/null
source lib/fail.sh

readonly unit=registry-global-ip.service file=/etc/systemd/system/registry-global-ip.service

# On the loopback: no interface answers for it in the server's own network, where it is no neighbour.
unit_text() {
  cat <<UNIT
[Unit]
Description=Holds the global IP $1
After=network.target
Before=registry-door.service

[Service]
Type=oneshot
RemainAfterExit=yes
CapabilityBoundingSet=CAP_NET_ADMIN
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
RestrictAddressFamilies=AF_NETLINK AF_INET AF_INET6
ExecStart=/bin/sh -c 'ip address replace $1/32 dev lo'
ExecStop=/bin/sh -c 'ip address delete $1/32 dev lo 2>/dev/null || true'

[Install]
WantedBy=multi-user.target
UNIT
}

is_assigned() { systemctl is-active --quiet "$unit" && ip -4 -oneline address show dev lo | grep -qF " $1/32 "; }

hold() {
  [[ $1 =~ ^[0-9]+(\.[0-9]+){3}$ ]] || fail "global-ip: ${1:-nothing} is no IPv4 address"
  if [ "$(cat "$file" 2>/dev/null)" = "$(unit_text "$1")" ] && is_assigned "$1"; then echo unchanged; return; fi
  release
  unit_text "$1" >"$file"
  systemctl daemon-reload
  systemctl enable --quiet "$unit" >&2
  systemctl start "$unit"
  is_assigned "$1" || fail "global-ip: it does not hold $1; see systemctl status $unit"
  echo changed
}

release() {
  [ -e "$file" ] || return 0
  systemctl disable --quiet --now "$unit" >&2 || true
  rm -f "$file"
  systemctl daemon-reload
}

main() {
  case $1 in
    hold) hold "${2:-}" ;;
    release) release ;;
    *) fail "global-ip: no action $1" ;;
  esac
}

# One line: the shell has read it whole when main reads what follows.
main "$@"; exit
