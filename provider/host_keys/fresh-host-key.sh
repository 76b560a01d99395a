#!/usr/bin/env bash
# Makes a fresh host key of sshd, where nobody but the server knows its private half, and prints the public one. The
# login that runs this has proved the server by another key, which goes on to count. Twice gives another key, which
# harms nothing: the one that is pinned is the one printed last.
# Usage: fresh-host-key.sh
set -euo pipefail

readonly key=/etc/ssh/ssh_host_ed25519_key

fail() { printf '%s: sshd: %s\n' "$(hostname)" "$*" >&2; exit 1; }

# A restart ends once sshd listens again. Sessions go on.
restart_sshd() {
  local unit
  for unit in ssh.service sshd.service; do
    if systemctl is-active --quiet "$unit"; then systemctl restart "$unit"; return; fi
  done
  fail "it runs by neither ssh.service nor sshd.service, and cannot be told of its new host key"
}

main() {
  local new
  new=$(mktemp -d /etc/ssh/fresh.XXXXXX)
  # shellcheck disable=SC2064 # its present value
  trap "rm -rf '$new'" EXIT
  ssh-keygen -q -t ed25519 -N '' -C "$(hostname)" -f "$new/key"
  # On the disk before it is pinned: after a loss of power, no other key would be believed.
  sync "$new/key" "$new/key.pub"
  mv -f "$new/key" "$key"
  mv -f "$new/key.pub" "$key.pub"
  chmod 644 "$key.pub"
  sync /etc/ssh
  restart_sshd
  cut -d ' ' -f 1,2 "$key.pub"
}

# One line: the shell has read it whole when main reads what follows.
main "$@"; exit
