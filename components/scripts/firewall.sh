#!/usr/bin/env bash
# The server's firewall. For try and confirm the rules follow on standard input: those for IPv4, a line
# "# IPv6", those for IPv6.
# try     loads them; unless a new connection confirms them within two minutes, those before come back
# confirm keeps them: they come back after a reboot
# remove  takes them away, where there are any
# Usage: firewall.sh try|confirm|remove
set -euo pipefail

# shellcheck source=/dev/null
source lib/fail.sh
# shellcheck source=/dev/null
source lib/boot-unit.sh
# shellcheck source=/dev/null
source lib/write-file.sh

readonly folder=/etc/registry-firewall load=/usr/local/sbin/registry-firewall
readonly unit=registry-firewall.service rollback=registry-firewall-rollback run=/run/systemd/system

# One program for the boot, for now and for the way back. iptables-restore replaces the chain in one step, and it is
# hooked in once it is whole.
load_text() {
  cat <<'LOAD'
#!/bin/sh
# Loads the rules in /etc/registry-firewall/FOLDER; takes the chain away where there are none.
# boot loads those that are kept. Where they cannot be loaded, or a confirmation was cut short, SSH alone is let in, and
# the unit fails: an open server would be the worse fault, and `pulumi up` puts it right.
# Usage: registry-firewall FOLDER|boot
rules=/etc/registry-firewall/$1
chain=SOFTLAYER-REGISTRY
load() { "$1-restore" --wait 30 --noflush <"$rules/$1" && hook "$1"; }
hook() { mangle "$1" -C PREROUTING -j "$chain" 2>/dev/null || mangle "$1" -I PREROUTING 1 -j "$chain"; }
unload() {
  while mangle "$1" -D PREROUTING -j "$chain" 2>/dev/null; do :; done
  ! mangle "$1" -F "$chain" 2>/dev/null || mangle "$1" -X "$chain"
}
mangle() { family=$1; shift; "$family" --wait 30 -t mangle "$@"; }
# Matches that may be missing are left out: each line only lets in.
close() {
  mangle "$1" -N "$chain" 2>/dev/null || mangle "$1" -F "$chain"
  mangle "$1" -A "$chain" -i lo -j RETURN
  mangle "$1" -A "$chain" -m conntrack --ctstate RELATED,ESTABLISHED -j RETURN || true
  mangle "$1" -A "$chain" -p "$2" -j RETURN
  mangle "$1" -A "$chain" -p tcp --dport 22 -j RETURN
  mangle "$1" -A "$chain" -j DROP
  hook "$1"
}
if [ "$1" = boot ]; then
  if [ -d /etc/registry-firewall/kept ] && "$0" kept; then exit 0; fi
  close iptables icmp
  [ ! -s /proc/net/if_inet6 ] || close ip6tables ipv6-icmp
  echo "registry-firewall: the rules cannot be loaded; SSH alone is let in until pulumi up puts that right" >&2
  exit 1
fi
action=unload
[ ! -d "$rules" ] || action=load
$action iptables || exit 1
# A kernel without IPv6 has no tables for it.
[ ! -s /proc/net/if_inet6 ] || $action ip6tables
LOAD
}

# The way back after two minutes. Units of their own, not systemd-run's: their name is taken until systemd has cleared
# them away, so that a confirm at that moment failed.
arrange_rollback() {
  cat >"$run/$rollback.service" <<UNIT
[Unit]
Description=Takes back firewall rules that nobody confirmed

[Service]
Type=oneshot
ExecStart=/bin/rm -rf $folder/trial
ExecStart=$load kept
UNIT
  cat >"$run/$rollback.timer" <<'UNIT'
[Timer]
OnActiveSec=120
AccuracySec=1
UNIT
  systemctl daemon-reload && systemctl start "$rollback.timer"
}

# The timer first: it starts the service. A way back that has begun is ended too; each caller loads all rules after.
stop_rollback() {
  systemctl stop "$rollback.timer" 2>/dev/null || true
  systemctl stop "$rollback.service" 2>/dev/null || true
}

# What follows, as one file for each family in a folder.
read_rules() {
  local line file=$1/iptables
  rm -rf "$1"
  mkdir "$1"
  : >"$1/ip6tables"
  while IFS= read -r line; do
    if [ "$line" = '# IPv6' ]; then file=$1/ip6tables; else printf '%s\n' "$line" >>"$file"; fi
  done
}

same() { diff -rq "$folder/$1" "$folder/$2" >/dev/null 2>&1; }

start_trial() {
  rm -rf "$folder/trial"
  mv "$folder/wanted" "$folder/trial"
  arrange_rollback >&2 || {
    "$load" kept
    fail "firewall: systemd could not schedule the return to the earlier rules, so the new ones were not tried"
  }
  "$load" trial || { "$load" kept; fail "firewall: the rules could not be loaded; those before are back"; }
}

load_kept() {
  rm -rf "$folder/trial" "$folder/wanted"
  "$load" kept || fail "firewall: the rules could not be loaded"
}

try() {
  command -v iptables-restore >/dev/null || fail "firewall: iptables is missing on it; apt-get install iptables"
  install -d -m 700 "$folder"
  load_text | write "$load" 755 >/dev/null
  read_rules "$folder/wanted"
  stop_rollback
  if same wanted kept; then
    load_kept
    echo unchanged
  else
    start_trial
    echo changed
  fi
}

# Rules that are gone again are loaded once more: the next confirm may come in time.
confirm() {
  read_rules "$folder/wanted"
  stop_rollback
  if same wanted trial; then
    rm -rf "$folder/kept"
    mv "$folder/trial" "$folder/kept"
  fi
  if ! same wanted kept; then
    start_trial
    fail "firewall: nobody logged in with the new rules within two minutes; see that sshFrom names the network \
that this login came from, ${SSH_CONNECTION%% *}, and run pulumi up again: the rules are on trial once more"
  fi
  load_kept
  boot_unit "Lets in only what the registry needs" "$load boot" | write "/etc/systemd/system/$unit" 644 >/dev/null
  start_boot_unit "$unit"
}

remove() {
  # It is the first that a trial writes, and the last that goes.
  [ -e "$load" ] || return 0
  stop_rollback
  systemctl disable --quiet "$unit" 2>/dev/null || true
  rm -rf "$folder" "/etc/systemd/system/$unit" "$run/$rollback.service" "$run/$rollback.timer"
  systemctl daemon-reload
  [ ! -x "$load" ] || "$load" kept
  rm -f "$load"
}

main() {
  case $1 in
    try) try ;;
    confirm) confirm ;;
    remove) remove ;;
    *) fail "firewall: no action $1" ;;
  esac
}

# One line: the shell has read it whole when main reads what follows.
main "$@"; exit
