#!/usr/bin/env bash
# Makes an image of random bytes, pushes it by Docker, removes it, pulls it and compares digest and content.
# The password follows on standard input. Prints the digest.
# Usage: docker-round.sh HOST:PORT REPOSITORY:TAG USER
set -euo pipefail

fail() { printf '%s: %s\n' "$(hostname)" "$*" >&2; exit 1; }

content() {
  local container
  container=$(docker create "$1" /content)
  docker cp "$container:/content" - | tar -xOf - | sha256sum | cut -d ' ' -f 1
  docker rm --force "$container" >/dev/null
}

main() {
  local endpoint=$1 image=$1/$2 user=$3 password work pushed pulled before
  IFS= read -r password
  work=$(mktemp -d)
  # shellcheck disable=SC2064 # the names are fixed now on purpose
  trap "rm -rf '$work'; docker image rm --force '$image' >/dev/null 2>&1 || true" EXIT
  export DOCKER_CONFIG=$work/docker
  printf '%s' "$password" | docker login --username "$user" --password-stdin "$endpoint" >/dev/null 2>"$work/said" ||
    fail "login to $endpoint was refused: $(tail -n 1 "$work/said")"
  head -c 300000 /dev/urandom >"$work/content"
  before=$(sha256sum "$work/content" | cut -d ' ' -f 1)
  tar -C "$work" -c content | docker import - "$image" >/dev/null
  docker push "$image" >"$work/said" 2>&1 || fail "push of $image failed: $(tail -n 1 "$work/said")"
  # Docker tries again by itself and tells it; here that is a failure.
  if grep -i retrying "$work/said" >&2; then fail "push of $image was tried again"; fi
  pushed=$(grep -o 'sha256:[0-9a-f]\{64\} size' "$work/said" | cut -d ' ' -f 1)
  docker image rm --force "$image" >/dev/null
  docker pull "$image" >"$work/said" 2>&1 || fail "pull of $image failed: $(tail -n 1 "$work/said")"
  if grep -i retrying "$work/said" >&2; then fail "pull of $image was tried again"; fi
  pulled=$(sed -n 's/^Digest: //p' "$work/said")
  [ "$pushed" = "$pulled" ] || fail "wrong digest: $image was pushed as $pushed and pulled as $pulled"
  [ "$(content "$image")" = "$before" ] || fail "wrong digest: $image came back with other bytes"
  printf '%s\n' "$pulled"
}

# One line: the shell has read it whole when main reads what follows.
main "$@"; exit
