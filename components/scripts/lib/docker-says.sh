#!/usr/bin/env bash
# What Docker says of itself. Old enough for Ubuntu 14.04: bash 4.3, coreutils 8.21, mawk 1.3.3, Docker 1.5,
# whose `info` has no --format; as everything that runs there.

docker_says() { timeout 30 docker info 2>/dev/null | sed -n "s/^ *$1: *//p"; }

driver() { docker_says 'Storage Driver'; }

# Tells whether version $1 comes before version $2.
older() { [ "$1" != "$2" ] && [ "$(printf '%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]; }

engine_version() {
  local version
  version=$(docker_says 'Server Version')
  [ -n "$version" ] || version=$(docker version | sed -n 's/^Server version: *//p')
  printf '%s\n' "$version"
}

docker_root() {
  local root
  root=$(docker_says 'Docker Root Dir')
  printf '%s\n' "${root:-/var/lib/docker}"
}
