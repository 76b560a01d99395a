#!/usr/bin/env bash
# Loads an image archive into Docker, removes the archive, and prints the image's id.
# Usage: load-image.sh ARCHIVE IMAGE
set -euo pipefail

# shellcheck source=/dev/null
source lib/fail.sh

main() {
  local archive=$1 image=$2
  if [ -e "$archive" ]; then
    docker load --quiet --input "$archive" >&2 || fail "the image archive $archive could not be loaded"
    rm -f "$archive"
  fi
  docker image inspect --format '{{.Id}}' "$image" || fail "the archive did not hold the image $image"
}

# One line: the shell has read it whole when main reads what follows.
main "$@"; exit
