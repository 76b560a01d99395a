#!/usr/bin/env bash
# Makes sure that this server knows a registry's name.
# check   it must mean the address, in DNS or in lines of /etc/hosts that are not of this script
# write   a line of /etc/hosts says so, marked with the registry; there is one line for each
# remove  takes that line away
# Usage: registry-name.sh check|write REGISTRY NAME ADDRESS
#        registry-name.sh remove REGISTRY
set -euo pipefail

fail() { printf '%s: %s\n' "$(hostname)" "$*" >&2; exit 1; }

# The file without the registry's line, and with the one given; written in place, since it may be a mount.
rewrite() {
  local mark="# softlayer-registry $1" hosts=/etc/hosts text
  exec 9<"$hosts"
  flock 9
  text=$(awk -v mark="$mark" 'substr($0, length($0) - length(mark) + 1) != mark' "$hosts"; [ -z "${2:-}" ] || echo "$2 $mark")
  [ "$text" = "$(cat "$hosts")" ] || printf '%s\n' "$text" >"$hosts"
}

main() {
  local action=$1 registry=$2 name=${3:-} address=${4:-} found
  case $action in
    check)
      rewrite "$registry"
      found=$(getent ahosts "$name" | awk '{ print $1 }' | sort -u | paste -sd ' ')
      [ -n "$found" ] || fail "$name is not known to it; let DNS say that it is $address and run pulumi up again, \
or set registryNameInHosts"
      [[ " $found " == *" $address "* ]] || fail "$name is $found to it and must be $address; change it in DNS, \
wait until the old record has expired, and run pulumi up again"
      ;;
    write) rewrite "$registry" "$address $name" ;;
    remove) rewrite "$registry" ;;
    *) fail "registry-name: no action $action" ;;
  esac
}

# One line: the shell has read it whole when main reads what follows.
main "$@"; exit
