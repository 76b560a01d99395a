#!/usr/bin/env bash
# Prints "missing IMAGE TOKEN" or "present IMAGE TOKEN" for each image that this standby was prepared with. Nothing is
# printed where nothing was prepared, or Docker does not answer.
# Usage: standby-images.sh
set -euo pipefail

readonly folder=${REGISTRY_STANDBY:-/etc/registry-standby}

main() {
  local image token
  if [ ! -e "$folder/images" ] || ! timeout 5 docker version >/dev/null 2>&1; then return; fi
  while IFS='=' read -r image token; do
    if timeout 5 docker image inspect "$image" >/dev/null 2>&1; then
      printf 'present %s %s\n' "$image" "$token"
    else
      printf 'missing %s %s\n' "$image" "$token"
    fi
  done <"$folder/images"
}

# One line: the shell has read it whole when main reads what follows.
main "$@"; exit
