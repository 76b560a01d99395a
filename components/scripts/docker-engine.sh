#!/usr/bin/env bash
# Makes sure that a Docker Engine runs and that containers outlive its restarts, and prints its version.
# Usage: docker-engine.sh
set -euo pipefail

# shellcheck source=/dev/null
source lib/fail.sh
# shellcheck source=/dev/null
source lib/docker-says.sh
# shellcheck source=/dev/null
source lib/docker-disk.sh
# shellcheck source=/dev/null
source lib/storage-driver-systemd.sh
# shellcheck source=/dev/null
source lib/live-restore.sh
# shellcheck source=/dev/null
source lib/apt.sh

# Docker up to 1.7 is one program, without dockerd; on Ubuntu 14.04 upstart's job shows it.
installed() { command -v dockerd >/dev/null || [ -f /etc/init/docker.conf ]; }

start() {
  if [ -d /run/systemd/system ]; then systemctl enable --now docker
  else service docker start || true; fi # upstart has it started when it is installed
}

main() {
  local tries=0
  # What is copied to the server as root comes here, where no other user can put a link in its place.
  install -d -m 700 /var/lib/registry-images
  if ! installed; then
    apt_install docker.io ca-certificates ||
      fail "Docker could not be installed; install docker.io on it by hand and run pulumi up again"
    start >&2
  fi
  until driver >/dev/null; do
    tries=$((tries + 1))
    [ "$tries" -lt 60 ] || fail "the Docker Engine does not answer; see its log (journalctl -u docker) on it"
    sleep 1
  done
  keep_containers_running
  engine_version
  require_docker_disk 512
}

# One line: the shell has read it whole when main reads what follows.
main "$@"; exit
