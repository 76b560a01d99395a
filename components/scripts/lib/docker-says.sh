#!/usr/bin/env bash
# Fields of `docker info`. Old enough for Ubuntu 14.04: bash 4.3, coreutils 8.21, mawk 1.3.3, Docker 1.5,
# whose `info` has no --format; as everything that runs there.

docker_info() { timeout 30 docker info 2>/dev/null | sed -n "s/^ *$1: *//p"; }

driver() { docker_info 'Storage Driver'; }

# Whether version $1 comes before version $2.
older() { [ "$1" != "$2" ] && [ "$(printf '%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]; }

engine_version() {
  local version
  version=$(docker_info 'Server Version')
  [ -n "$version" ] || version=$(docker version | sed -n 's/^Server version: *//p')
  printf '%s\n' "$version"
}

docker_root() {
  local root
  root=$(docker_info 'Docker Root Dir')
  printf '%s\n' "${root:-/var/lib/docker}"
}
