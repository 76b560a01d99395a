#!/usr/bin/env bash
# Fails with a remedy when Docker's disk has less than MB free, or that of FOLDER less than FOLDER-MB; the errors of
# Docker and of a copy have none. SERVER is its name in the stack.
# Usage: docker-room.sh SERVER MB [FOLDER FOLDER-MB]
set -euo pipefail

# shellcheck source=/dev/null
source lib/fail.sh
# shellcheck source=/dev/null
source lib/docker-says.sh
# shellcheck source=/dev/null
source lib/docker-disk.sh

main() {
  local server=$1 mb=$2 folder=${3:-} folder_mb=${4:-0} trouble=''
  require_docker_disk "$mb" "$server"
  [ -z "$folder" ] || trouble=$(folder_trouble "$folder" "$folder_mb" "$server")
  [ -z "$trouble" ] || fail "$trouble"
}

# One line: the shell has read it whole when main reads what follows.
main "$@"; exit
