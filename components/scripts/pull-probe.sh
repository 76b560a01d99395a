#!/usr/bin/env bash
# Pulls the probe by its digest, compares its content, and prints the manifest's digest as Docker saw it.
# The password follows on standard input.
# Usage: pull-probe.sh HOST:PORT REPOSITORY USER "MANIFEST-DIGEST CONTENT-DIGEST"
set -euo pipefail

# shellcheck source=/dev/null
source lib/fail.sh
# shellcheck source=/dev/null
source lib/docker-says.sh
# shellcheck source=/dev/null
source lib/docker-disk.sh

# Prints the likely cause of a time-out, whose own message has none.
hint() {
  grep -qE 'i/o timeout|no route to host|Client\.Timeout|deadline exceeded' "$1" || return 0
  printf '; %s %s' "the other server does not answer here: registryFrom must name this one, and both need one" \
    "privateVlan where the address is private (docs/reference/servers.md, VLANs)"
}

main() {
  local endpoint=$1 user=$3 digest=${4% *} content=${4#* } image work container=''
  local password pulled_digest
  IFS= read -r password
  require_docker_disk 8 # choice: the probe has a quarter of one
  image=$endpoint/$2@$digest
  work=$(mktemp -d)
  # shellcheck disable=SC2064 # the names are fixed now on purpose
  trap "rm -rf '$work'; docker image rm --force '$image' >/dev/null 2>&1 || true" EXIT
  export DOCKER_CONFIG=$work/docker
  printf '%s' "$password" | docker login --username "$user" --password-stdin "$endpoint" >/dev/null 2>"$work/error" ||
    fail "login to $endpoint was refused: $(tail -n 1 "$work/error")$(hint "$work/error")"
  docker image rm --force "$image" >/dev/null 2>&1 || true
  docker pull --quiet "$image" >/dev/null 2>"$work/error" || fail "pull of $image failed: $(tail -n 1 "$work/error")"
  container=$(docker create "$image" /probe)
  docker cp "$container:/probe" "$work/probe"
  docker rm --force "$container" >/dev/null
  pulled_digest=$(sha256sum "$work/probe" | cut -d ' ' -f 1)
  [ "$pulled_digest" = "$content" ] || fail "$image came back as other bytes: $pulled_digest instead of $content"
  docker image inspect --format '{{index .RepoDigests 0}}' "$image" | sed 's/.*@//'
}

# One line: the shell has read it whole when main reads what follows.
main "$@"; exit
