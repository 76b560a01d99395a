#!/usr/bin/env bash
# A registry's container.
# create  makes it; one that was made from the same stays. On standard input follow the options of `docker create`, one
#         a line, an empty line, and the words of its command
# start   starts it and waits until all of it listens
# Usage: standby-container.sh create NAME IMAGE PORTS | start NAME PORTS
#        PORTS are those of its processes on the loopback, parted by commas
set -euo pipefail

# shellcheck source=/dev/null
source lib/fail.sh

readonly label=softlayer-registry.standby
# Choice: gunicorn with its workers takes seconds.
readonly patience_seconds=60

wait_for_port() {
  local tries=0
  until (exec 3<>"/dev/tcp/127.0.0.1/$2") 2>/dev/null; do
    tries=$((tries + 1))
    [ "$tries" -lt $((patience_seconds * 10)) ] ||
      fail "container $1 does not listen on port $2 after $patience_seconds s: $(docker logs --tail 1 "$1" 2>&1)"
    sleep 0.1
  done
}

create() {
  local name=$1 image=$2 ports=$3 line options=() command=() sum
  while IFS= read -r line && [ -n "$line" ]; do options+=("$line"); done
  while IFS= read -r line && [ -n "$line" ]; do command+=("$line"); done
  docker image inspect "$image" >/dev/null 2>&1 ||
    fail "the registry's image ${image:7:12} is missing on this standby; run pulumi up, which builds it again"
  sum=$(printf '%s\n' "$image" "${options[@]}" - "${command[@]}" | sha256sum | cut -c 1-32)
  if [ "$(docker inspect --format "{{index .Config.Labels \"$label\"}}" "$name" 2>/dev/null)" = "$sum" ]; then return; fi
  docker rm --force --volumes "$name" >/dev/null 2>&1 || true
  docker create --name "$name" --label "$label=$sum" --label "$label-ports=$ports" "${options[@]}" "$image" \
    "${command[@]}" >/dev/null
}

start() {
  local port
  docker start "$1" >/dev/null
  for port in ${2//,/ }; do wait_for_port "$1" "$port"; done
}

main() {
  local action=$1
  shift
  case $action in
    create) create "$@" ;;
    start) start "$@" ;;
    *) fail "standby-container: no action $action" ;;
  esac
}

# One line: the shell has read it whole when main reads what follows.
main "$@"; exit
