#!/usr/bin/env bash
# The server's firewall. For try and confirm the rules follow on standard input: those for IPv4, a line
# "# IPv6", those for IPv6.
# try     loads them; unless a new connection confirms them within two minutes, those before come back
# confirm keeps them: they come back after a reboot
# remove  takes them away
# Usage: firewall.sh try|confirm|remove
set -euo pipefail

readonly folder=/etc/registry-firewall load=/usr/local/sbin/registry-firewall
readonly unit=registry-firewall.service undo=registry-firewall-undo

fail() { printf '%s: %s\n' "$(hostname)" "$*" >&2; exit 1; }

# One program for the boot, for now and for the way back. iptables-restore replaces the chain in one step, and it
# is hooked in once it is whole.
load_text() {
  cat <<'LOAD'
#!/bin/sh
# Loads the rules in /etc/registry-firewall/FOLDER; takes the chain away where there are none.
# Usage: registry-firewall FOLDER
rules=/etc/registry-firewall/$1 chain=SOFTLAYER-REGISTRY
load() {
  "$1-restore" --wait 30 --noflush <"$rules/$1" &&
    { mangle "$1" -C PREROUTING -j "$chain" 2>/dev/null || mangle "$1" -I PREROUTING 1 -j "$chain"; }
}
unload() {
  while mangle "$1" -D PREROUTING -j "$chain" 2>/dev/null; do :; done
  ! mangle "$1" -F "$chain" 2>/dev/null || mangle "$1" -X "$chain"
}
mangle() { family=$1; shift; "$family" --wait 30 -t mangle "$@"; }
action=unload
[ ! -d "$rules" ] || action=load
$action iptables || exit 1
# A kernel without IPv6 has no tables for it.
[ ! -s /proc/net/if_inet6 ] || $action ip6tables
LOAD
}

unit_text() {
  cat <<'UNIT'
[Unit]
Description=Lets in only what the registry needs
DefaultDependencies=no
After=local-fs.target systemd-modules-load.service
Before=network-pre.target docker.service shutdown.target
Wants=network-pre.target
Conflicts=shutdown.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/local/sbin/registry-firewall kept

[Install]
WantedBy=sysinit.target
UNIT
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
stop_undo() { systemctl stop "$undo.timer" 2>/dev/null || true; }

start_trial() {
  stop_undo
  systemd-run --quiet --collect --unit "$undo" --on-active=120 /bin/sh -c "rm -rf $folder/trial; exec $load kept" >&2 ||
    fail "firewall: systemd-run could not arrange for the way back; nothing is changed"
  "$load" trial || { "$load" kept; fail "firewall: the rules could not be loaded; those before are back"; }
}

try() {
  command -v iptables-restore >/dev/null || fail "firewall: iptables is missing on it; apt-get install iptables"
  install -d -m 700 "$folder"
  load_text >"$load"
  chmod 755 "$load"
  read_rules "$folder/trial"
  if same trial kept; then
    stop_undo
    rm -rf "$folder/trial"
    "$load" kept || fail "firewall: the rules could not be loaded"
    echo unchanged
    return
  fi
  start_trial
  echo changed
}

# Rules that are gone again are loaded once more: the next confirm may come in time.
confirm() {
  read_rules "$folder/wanted"
  if same wanted trial; then
    stop_undo
    rm -rf "$folder/kept"
    mv "$folder/trial" "$folder/kept"
  fi
  if ! same wanted kept; then
    rm -rf "$folder/trial"
    mv "$folder/wanted" "$folder/trial"
    start_trial
    fail "firewall: nobody logged in with the new rules within two minutes; see that sshFrom names the network \
that this login came from, ${SSH_CONNECTION%% *}, and run pulumi up again: the rules are on trial once more"
  fi
  rm -rf "$folder/wanted"
  unit_text >"/etc/systemd/system/$unit"
  systemctl daemon-reload
  systemctl enable --quiet "$unit" >&2
  systemctl start "$unit"
}

remove() {
  stop_undo
  systemctl disable --quiet "$unit" 2>/dev/null || true
  rm -rf "$folder" "/etc/systemd/system/$unit"
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
