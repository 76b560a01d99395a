#!/usr/bin/env bash
# Gives sshd another host key, made on the server, where its private half stays.
# Usage: host-key.sh stage|use KEY
# stage: makes the key beside the one in use, once, and prints its public half.
# use: puts it in the place of the one in use and tells sshd. Sessions that are open go on; again is as once.
# KEY: that public half, by which a server that was installed since then is known.
set -euo pipefail

readonly folder=${REGISTRY_SSH_FOLDER:-/etc/ssh}
readonly key=$folder/ssh_host_ed25519_key next=$folder/next_host_key

fail() { printf '%s: sshd: %s\n' "$(hostname)" "$*" >&2; exit 1; }

reload_sshd() {
  local unit
  for unit in ssh.service sshd.service; do
    if systemctl is-active --quiet "$unit"; then systemctl reload "$unit"; return; fi
  done
  fail "it runs by neither ssh.service nor sshd.service, and cannot be told of its new host key"
}

public_half() { ssh-keygen -y -f "$1" | cut -d ' ' -f 1,2; }

stage() {
  local new
  if [ ! -e "$next" ]; then
    new=$(mktemp -d "$folder/next.XXXXXX")
    # shellcheck disable=SC2064 # its present value
    trap "rm -rf '$new'" EXIT
    ssh-keygen -q -t ed25519 -N '' -C "$(hostname)" -f "$new/key"
    # On the disk before the stack file notes it: a loss of power must leave the key that is noted.
    sync "$new/key" "$new/key.pub"
    mv -f "$new/key.pub" "$next.pub"
    mv -f "$new/key" "$next"
    sync "$folder"
  fi
  public_half "$next"
}

# Stopped between the two moves, the private half alone counts for sshd, and the next run goes on.
use() {
  local made=$1
  if [ -e "$next" ]; then
    chmod 644 "$next.pub"
    cp -f "$next.pub" "$key.pub"
    mv -f "$next" "$key"
    rm -f "$next.pub"
    sync "$key.pub" "$folder"
  elif [ "$(public_half "$key")" != "$made" ]; then
    fail "it does not have the key that the rotation has made: the server was installed again since. Run" \
      "\`pulumi config rm rotation --stack ENV\`, then the same command again"
  fi
  reload_sshd
}

main() {
  case ${1-} in
    stage) stage ;;
    use) use "${2:?the public half of the key}" ;;
    *) fail "usage: host-key.sh stage|use KEY" ;;
  esac
}

# One line: the shell has read it whole when main reads what follows.
main "$@"; exit
