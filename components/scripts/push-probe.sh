#!/usr/bin/env bash
# Pushes an image that nobody has seen before, and prints "MANIFEST-DIGEST CONTENT-DIGEST".
# The password follows on standard input.
# Usage: push-probe.sh HOST:PORT REPOSITORY USER
set -euo pipefail

# shellcheck source=/dev/null
source lib/fail.sh
# shellcheck source=/dev/null
source lib/docker-says.sh
# shellcheck source=/dev/null
source lib/docker-disk.sh

main() {
  local endpoint=$1 image=$1/$2:probe user=$3 password work digest
  IFS= read -r password
  require_docker_disk 8 # choice: the probe has a quarter of one
  work=$(mktemp -d)
  # shellcheck disable=SC2064 # the folder is fixed now on purpose
  trap "rm -rf '$work'; docker image rm --force '$image' >/dev/null 2>&1 || true" EXIT
  export DOCKER_CONFIG=$work/docker
  printf '%s' "$password" | docker login --username "$user" --password-stdin "$endpoint" >/dev/null 2>"$work/error" ||
    fail "login to $endpoint was refused: $(tail -n 1 "$work/error")"
  mkdir "$work/root"
  head -c 262144 /dev/urandom >"$work/root/probe"
  tar -C "$work/root" -c probe | docker import - "$image" >/dev/null
  docker push "$image" >"$work/push" 2>"$work/error" || fail "push to $endpoint failed: $(tail -n 1 "$work/error")"
  digest=$(sed -n 's/.*digest: \(sha256:[0-9a-f]\{64\}\).*/\1/p' "$work/push")
  [ -n "$digest" ] || fail "push to $endpoint reported no digest: $(tail -n 1 "$work/push")"
  printf '%s %s\n' "$digest" "$(sha256sum "$work/root/probe" | cut -d ' ' -f 1)"
}

# One line: the shell has read it whole when main reads what follows.
main "$@"; exit
