#!/usr/bin/env bash
# Prints as one line of JSON what runs on this server: versions of Docker and HAProxy, whether HAProxy's files are newer
# than the process that serves, free bytes by mount point of each file system that the registry writes to, Docker's
# first, and each container that is named, with its state, its restarts, the id of its image and whether Docker does not
# take its log. A container that does not exist has the state "missing". Changes nothing.
# Usage: server-report.sh CONTAINER...
set -euo pipefail

readonly door=${REGISTRY_DOOR:-/etc/registry-door}

quoted() { printf '"%s"' "$(printf '%s' "$1" | tr -d '"\\\n')"; }

docker_version() { timeout 5 docker version --format '{{.Server.Version}}' </dev/null 2>/dev/null || true; }

proxy_version() { { haproxy -v </dev/null 2>/dev/null || true; } | awk 'NR == 1 { print $3 }'; }

# Prints "true" where a file was written after the newest process began: that process has not read it. The live colour
# lies elsewhere, since a switch tells it to the process as well.
door_outdated() {
  local master worker age newer=''
  if master=$(cat "${REGISTRY_DOOR_RUN:-/run/registry-door}/pid" 2>/dev/null) && worker=$(pgrep -n -P "$master") &&
    age=$(ps -o etimes= -p "$worker"); then
    # Both times are whole seconds, each up to one off.
    newer=$(find -L "$door/current" -type f -newermt "@$(($(date +%s) - age + 2))" 2>/dev/null) || true
  fi
  if [ -n "$newer" ]; then echo true; else echo false; fi
}

free_bytes() {
  { df -B1 --output=avail,target "${DOCKER_ROOT:-/var/lib/docker}" / "$door" /var/log \
    </dev/null 2>/dev/null || true; } |
    awk 'NR > 1 && !seen[$2]++ { gsub(/["\\]/, "", $2); printf "%s\"%s\": %s", separator, $2, $1; separator = ", " }'
}

# Asks the container itself: Docker before 23.0 makes no health check of a container that was running when it came back
# (moby/moby#41871), which is when the log may have lost its reader.
log_blocked() {
  if timeout 5 docker exec "$1" /bin/sh -c '[ -e /tmp/log-blocked ]' </dev/null >/dev/null 2>&1; then
    echo true
  else
    echo false
  fi
}

container() {
  local fields
  fields=$(timeout 5 docker inspect --type container \
    --format '{{.State.Status}} {{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}} {{.RestartCount}} {{.Image}}' \
    "$1" </dev/null 2>/dev/null) || fields='missing none 0 -'
  # The four fields have no spaces.
  # shellcheck disable=SC2086
  set -- "$1" $fields
  printf '%s: {"state": %s, "health": %s, "restarts": %d, "image": %s, "log_blocked": %s}' \
    "$(quoted "$1")" "$(quoted "$2")" "$(quoted "$3")" "$4" "$(quoted "$5")" "$(log_blocked "$1")"
}

main() {
  local name separator=''
  printf '{"docker": %s, "haproxy": %s, "door_outdated": %s, "free": {%s}, "containers": {' \
    "$(quoted "$(docker_version)")" "$(quoted "$(proxy_version)")" "$(door_outdated)" "$(free_bytes)"
  for name in "$@"; do
    printf '%s' "$separator"
    container "$name"
    separator=', '
  done
  printf '}}\n'
}

main "$@"; exit
