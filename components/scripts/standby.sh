#!/usr/bin/env bash
# Keeps a server ready to become the registry at once.
# prepare  puts the archive that follows on standard input into /etc/registry-standby, whole or not at all, and notes
#          which images it needs, each with the token of its last build
# skip     does nothing: another server runs this in the standby's place, which does not answer
# end      takes away what was prepared, and the registry that `operate recover --on` started, once its last transfer
#          has ended; another one serves by now
# Usage: standby.sh prepare IMAGE=TOKEN... | skip | end
set -euo pipefail

# shellcheck source=/dev/null
source lib/replace-folder.sh

readonly folder=${REGISTRY_STANDBY:-/etc/registry-standby} label=softlayer-registry.standby
# Choice: transfers that take longer are cut.
readonly drain_seconds=400

prepare() {
  local new=$folder.new
  umask 077
  rm -rf "$new"
  mkdir -p "$new"
  base64 -d | tar -xz -C "$new"
  printf '%s\n' "$@" >"$new/images"
  replace "$new" "$folder"
}

# Connections to ports of the loopback, parted by commas.
transfers() {
  local port
  for port in ${1//,/ }; do ss -Htn state established "( sport = :$port )"; done | wc -l
}

end() {
  local container ports waited=0
  for container in $(docker ps --all --quiet --filter "label=$label"); do
    ports=$(docker inspect --format "{{index .Config.Labels \"$label-ports\"}}" "$container")
    while [ "$(transfers "$ports")" -gt 0 ] && [ "$waited" -lt "$drain_seconds" ]; do
      sleep 1
      waited=$((waited + 1))
    done
    docker stop --time 70 "$container" >/dev/null
    docker rm --force --volumes "$container" >/dev/null
  done
  rm -rf "$folder" "$folder.new" "$folder.old" /etc/softlayer-registry/containers/standby-*
}

main() {
  local action=$1
  shift
  case $action in
    prepare) prepare "$@" ;;
    end) end ;;
  esac
}

# One line: the shell has read it whole when main reads what follows.
main "$@"; exit
