#!/usr/bin/env bash
# Whether disks have room. Needs docker-says.sh; the checks that fail need fail.sh.

readonly disk_runbook="docs/runbooks/swap.md, A server's disk is full"

# Prints what is wrong, and the remedy; nothing where so many MB are free. Arguments: FOLDER MB [SERVER], without
# which the remedy names no server: `operate` does, by the resource that failed.
folder_trouble() {
  local free
  free=$(df -P -k "$1" 2>/dev/null | awk 'NR > 1 { print int($4 / 1024) }')
  [ "${free:-$2}" -ge "$2" ] ||
    printf 'the disk with %s is full: %s MB are free, %s MB are needed; %s %s (%s), then run pulumi up again\n' \
      "$1" "$free" "$2" "${3:+bin/operate ssh ENV $3 }docker system prune --force" 'makes room there' "$disk_runbook"
}

# The same of the disk with Docker's images and containers. Arguments: MB [SERVER]
disk_trouble() { folder_trouble "$(docker_root)" "$@"; }

# Docker's own error, `no space left on device`, names neither the server nor a remedy. Arguments: MB [SERVER]
require_docker_disk() {
  local trouble
  trouble=$(disk_trouble "$@")
  [ -z "$trouble" ] || fail "$trouble"
}
