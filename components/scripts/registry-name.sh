#!/usr/bin/env bash
# Ensures that this server resolves a registry's name.
# check   the name must resolve to the address, by DNS or by lines of /etc/hosts that are not of this script
# write   writes a line of /etc/hosts, marked with the registry; there is one line for each
# remove  removes that line
# Usage: registry-name.sh check|write REGISTRY NAME ADDRESS
#        registry-name.sh remove REGISTRY
set -euo pipefail

# shellcheck source=/dev/null
source lib/fail.sh

# The file without the registry's line, and with the one given: whole or not at all, since an empty one takes localhost
# away. A full disk shows in the new file. One that is a mount, as a container's, takes its content in place.
rewrite() {
  local mark="# softlayer-registry $1" hosts=/etc/hosts new
  exec 9<"${hosts%/*}"
  flock 9
  rm -f "$hosts".softlayer-registry.*
  new=$(mktemp "$hosts.softlayer-registry.XXXXXX")
  # Each step is asked for by itself: set -e does not count in a condition.
  if ! awk -v mark="$mark" 'substr($0, length($0) - length(mark) + 1) != mark' "$hosts" >"$new" ||
    { [ -n "${2:-}" ] && ! printf '%s\n' "$2 $mark" >>"$new"; } ||
    ! chmod --reference="$hosts" "$new" || ! chown --reference="$hosts" "$new" || ! sync "$new"; then
    rm -f "$new"
    fail "$hosts could not be written, and is as it was"
  fi
  if ! cmp -s "$new" "$hosts" && ! mv -f "$new" "$hosts" 2>/dev/null; then
    cat "$new" >"$hosts"
  fi
  rm -f "$new"
}

main() {
  local action=$1 registry=$2 name=${3:-} address=${4:-} resolved
  case $action in
    check)
      rewrite "$registry"
      resolved=$(getent ahosts "$name" | awk '{ print $1 }' | sort -u | paste -sd ' ')
      [ -n "$resolved" ] || fail "$name must resolve to $address and does not resolve here; add the DNS record and run \
pulumi up again, or set registryNameInHosts"
      [[ " $resolved " == *" $address "* ]] || fail "$name must resolve to $address, got $resolved; \
change the DNS record, wait until the old record has expired, and run pulumi up again"
      ;;
    write) rewrite "$registry" "$address $name" ;;
    remove) rewrite "$registry" ;;
    *) fail "registry-name: no action $action" ;;
  esac
}

# One line: the shell has read it whole when main reads what follows.
main "$@"; exit
