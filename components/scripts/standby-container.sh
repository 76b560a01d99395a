#!/usr/bin/env bash
# Starts a registry's container and waits until all of it listens. On standard input follow the options of `docker create`,
# one a line, an empty line, the words of its command, an empty line, and its files as a tar in base64.
# A container that was made from the same is started as it is.
# Usage: standby-container.sh NAME IMAGE PORTS    PORTS are those of its processes on the loopback, parted by commas
set -euo pipefail

readonly label=softlayer-registry.standby
# Choice: gunicorn with its workers takes seconds.
readonly patience_seconds=60

fail() { printf '%s: %s\n' "$(hostname)" "$*" >&2; exit 1; }

wait_for_port() {
  local tries=0
  until (exec 3<>"/dev/tcp/127.0.0.1/$2") 2>/dev/null; do
    tries=$((tries + 1))
    [ "$tries" -lt $((patience_seconds * 10)) ] ||
      fail "container $1 does not listen on port $2 after $patience_seconds s: $(docker logs --tail 1 "$1" 2>&1)"
    sleep 0.1
  done
}

main() {
  local name=$1 image=$2 ports=$3 port line options=() command=() files sum
  while IFS= read -r line && [ -n "$line" ]; do options+=("$line"); done
  while IFS= read -r line && [ -n "$line" ]; do command+=("$line"); done
  files=$(cat)
  docker image inspect "$image" >/dev/null 2>&1 ||
    fail "the registry's image ${image:7:12} is missing on this standby; run pulumi up, which builds it again"
  sum=$(printf '%s\n' "$image" "${options[@]}" - "${command[@]}" - "$files" | sha256sum | cut -c 1-32)
  if [ "$(docker inspect --format "{{index .Config.Labels \"$label\"}}" "$name" 2>/dev/null)" != "$sum" ]; then
    docker rm --force "$name" >/dev/null 2>&1 || true
    docker create --name "$name" --label "$label=$sum" --label "$label-ports=$ports" "${options[@]}" "$image" \
      "${command[@]}" >/dev/null
    base64 -d <<<"$files" | docker cp - "$name:/" >/dev/null
  fi
  docker start "$name" >/dev/null
  for port in ${ports//,/ }; do wait_for_port "$name" "$port"; done
}

# One line: the shell has read it whole when main reads what follows.
main "$@"; exit
