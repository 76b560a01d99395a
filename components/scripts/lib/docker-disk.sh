#!/usr/bin/env bash
# Whether Docker's disk has room. Needs docker-says.sh.

# Prints what is wrong, and the remedy; nothing where so many KB are free. Arguments: KB
disk_trouble() {
  local root free
  root=$(docker_root)
  free=$(df -P -k "$root" | awk 'END { print $4 }')
  [ "$free" -ge "$1" ] ||
    printf 'the disk with %s is full: %s KB are free, %s are needed; make room there (docker system prune), %s\n' \
      "$root" "$free" "$1" 'then run pulumi up again'
}
