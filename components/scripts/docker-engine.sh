#!/usr/bin/env bash
# Makes sure that a Docker Engine runs, and prints its version.
# Usage: docker-engine.sh
set -euo pipefail

fail() { printf '%s: %s\n' "$(hostname)" "$*" >&2; exit 1; }

main() {
  local tries=0 free_mb
  if ! command -v dockerd >/dev/null; then
    export DEBIAN_FRONTEND=noninteractive
    { apt-get -qq update && apt-get -qq install -y --no-install-recommends docker.io ca-certificates; } >&2 ||
      fail "Docker could not be installed; install docker.io on it by hand and run pulumi up again"
    systemctl enable --now docker >&2
  fi
  until docker info --format '{{.ServerVersion}}' 2>/dev/null; do
    tries=$((tries + 1))
    [ "$tries" -lt 60 ] || fail "the Docker Engine does not answer; see journalctl -u docker on it"
    sleep 1
  done
  free_mb=$(df --output=avail -BM "$(docker info --format '{{.DockerRootDir}}')" | tail -n 1 | tr -dc '0-9')
  [ "$free_mb" -ge 512 ] || fail "the disk of Docker has $free_mb MB free and 512 are needed; free some"
}

# One line: the shell has read it whole when main reads what follows.
main "$@"; exit
