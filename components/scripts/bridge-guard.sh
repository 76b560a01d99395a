#!/usr/bin/env bash
# Keeps neighbours out of Docker's bridge networks, with a firewall or without. A neighbour in the VLAN that routes a
# bridge's network by way of the server sends to a container itself, past every published address; Docker before version
# 28 lets that through (moby #45610). Connections that containers open, and those to published ports, go on. Docker's own
# chains stay as they are.
# apply   loads the rules, now and at each boot. Prints "changed" or "unchanged"
# remove  takes them away
# Usage: bridge-guard.sh apply|remove
set -euo pipefail

# shellcheck source=/dev/null
source lib/fail.sh
# shellcheck source=/dev/null
source lib/write-file.sh
# shellcheck source=/dev/null
source lib/boot-unit.sh

readonly load=/usr/local/sbin/registry-bridges unit=registry-bridges.service

# iptables-restore replaces the chain in one step, and it is hooked in once it is whole. FORWARD of the table mangle comes
# before Docker's own chains, and Docker's restarts change nothing there.
load_text() {
  cat <<'LOAD'
#!/bin/sh
# Loads the rules that keep neighbours out of Docker's bridge networks, or takes them away.
# Where a kernel cannot tell running connections, all that comes from outside is dropped, and the unit fails: an open
# container would be the worse fault, and `pulumi up` puts it right.
# Usage: registry-bridges load|unload
chain=SOFTLAYER-BRIDGES
rules() {
  echo '*mangle'
  echo ":$chain - [0:0]"
  [ -z "$1" ] || echo "-A $chain $1 -j RETURN"
  echo "-A $chain -i docker0 -j RETURN"
  echo "-A $chain -i br-+ -j RETURN"
  echo "-A $chain -o docker0 -j DROP"
  echo "-A $chain -o br-+ -j DROP"
  echo COMMIT
}
restore() { rules "$2" | "$1-restore" --wait 30 --noflush && hook "$1"; }
hook() { mangle "$1" -C FORWARD -j "$chain" 2>/dev/null || mangle "$1" -I FORWARD 1 -j "$chain"; }
load() {
  restore "$1" '-m conntrack --ctstate RELATED,ESTABLISHED,DNAT' && return
  restore "$1" ''
  echo "registry-bridges: $1 cannot tell running connections; containers are cut off until pulumi up puts that right" >&2
  return 1
}
unload() {
  while mangle "$1" -D FORWARD -j "$chain" 2>/dev/null; do :; done
  ! mangle "$1" -F "$chain" 2>/dev/null || mangle "$1" -X "$chain"
}
mangle() { family=$1; shift; "$family" --wait 30 -t mangle "$@"; }
"$1" iptables || exit 1
# A kernel without IPv6 has no tables for it.
[ ! -s /proc/net/if_inet6 ] || "$1" ip6tables
LOAD
}

apply() {
  local program boot
  command -v iptables-restore >/dev/null || fail "bridges: iptables is missing on it; apt-get install iptables"
  program=$(load_text | write "$load" 755)
  boot=$(boot_unit "Keeps neighbours out of Docker's bridge networks" "$load load" |
    write "/etc/systemd/system/$unit" 644)
  "$load" load || fail "bridges: the rules could not be loaded; see that the kernel has the module xt_conntrack"
  start_boot_unit "$unit"
  if [ "$program $boot" = 'unchanged unchanged' ]; then echo unchanged; else echo changed; fi
}

remove() {
  systemctl disable --quiet "$unit" 2>/dev/null || true
  [ ! -x "$load" ] || "$load" unload
  rm -f "/etc/systemd/system/$unit" "$load"
  systemctl daemon-reload
}

main() {
  case $1 in
    apply) apply ;;
    remove) remove ;;
    *) fail "bridge-guard: no action $1" ;;
  esac
}

# One line: the shell has read it whole when main reads what follows.
main "$@"; exit
