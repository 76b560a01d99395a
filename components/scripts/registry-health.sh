#!/usr/bin/env bash
# Waits until a registry's container is healthy, and checks that the storage's clock agrees with this one.
# Where it is not healthy in time, one line reports the reason: the storage's answer to the registry's login, a full
# disk, a log that Docker does not take, or the last error that the registry logged. A fault that waiting cannot cure
# ends the wait at once.
# Standard input has one line each: the storage's URL, user, container, key; empty where there is none.
# Writes no file: the disk may be full.
# Usage: registry-health.sh CONTAINER SECONDS
set -euo pipefail

# shellcheck source=/dev/null
source lib/fail.sh
# shellcheck source=/dev/null
source lib/docker-says.sh
# shellcheck source=/dev/null
source lib/docker-disk.sh

# S3 takes a signature for 15 minutes, a temporary URL lives 20: choice, well below both.
readonly clock_limit=300 retry='then run pulumi up again'
# A refresh of everything fails where one server does not answer.
readonly renew="bin/operate rotate swift-key ENV has a key live that was changed in the portal; \
bin/operate recover ENV reads it where no registry is live yet; then run pulumi up again"
readonly remake='bin/operate recover ENV notices, and makes a new one, empty'
url='' user='' container='' key='' host='' account=''

# One option of a curl configuration; a process list would show it as an argument.
option() {
  local value=${2//\\/\\\\}
  printf '%s = "%s"\n' "$1" "${value//\"/\\\"}"
}

# Prints the response's head, or curl's error. Swift answers a login by GET only. Arguments: URL HEADER...
response_head() {
  local target=$1 header
  shift
  curl --silent --show-error --dump-header - --output /dev/null --connect-timeout 5 --max-time 20 --config <(
    option url "$target"
    for header in "$@"; do option header "$header"; done
  ) 2>&1 | tr -d '\r' || true
}

status() { printf '%s\n' "$1" | awk 'toupper($1) ~ /^HTTP\// { value = $2 } END { print value }'; }

field() {
  printf '%s\n' "$1" | awk -v name="$2:" 'tolower($1) == name { sub(/^[^:]*: */, ""); value = $0 } END { print value }'
}

login() {
  if [ -n "$user" ]; then response_head "$url" "X-Auth-User: $user" "X-Auth-Key: $key"; else response_head "$url"; fi
}

# Prints what is wrong with an answer, and the remedy; nothing where nothing is. Arguments: WHAT ANSWER
broken() {
  local code
  code=$(status "$2")
  case $code in
  '') printf 'the storage at %s does not answer %s: %s; mend the way to it or wait for it, %s' \
    "$host" "$1" "$(printf '%s' "$2" | tail -n 1 | cut -c1-200)" "$retry" ;;
  5?? | 429) printf 'the storage at %s answers %s with %s; wait until it works, %s' "$host" "$1" "$code" "$retry" ;;
  esac
}

# Prints what is wrong with the storage, and the remedy; "refused" stands before what waiting cannot mend.
storage_trouble() {
  local answer trouble code
  [ -n "$url" ] || return 0
  answer=$(login)
  trouble=$(broken 'a login' "$answer")
  if [ -n "$trouble" ]; then printf '%s\n' "$trouble"; return; fi
  [ -n "$user" ] || return 0
  code=$(status "$answer")
  case $code in
  2??) ;;
  *)
    printf 'refused the storage at %s refuses the login of account %s with %s: its key was changed or is wrong; %s\n' \
      "$host" "$account" "$code" "$renew"
    return
    ;;
  esac
  answer=$(response_head "$(field "$answer" x-storage-url)/$container" "X-Auth-Token: $(field "$answer" x-auth-token)")
  code=$(status "$answer")
  case $code in
  2??) ;;
  404)
    printf 'refused the storage at %s has not this registry'\''s container in account %s (404): it was deleted, and its images with it; %s\n' \
      "$host" "$account" "$remake"
    ;;
  403) printf 'refused the storage at %s lets account %s not into this registry'\''s container (403); give access, %s\n' \
    "$host" "$account" "$retry" ;;
  *) broken "a question for this registry's container" "$answer" ;;
  esac
}

# Prints how far the clocks are apart, and the remedy; nothing where they agree.
clock_trouble() {
  local date theirs ahead
  [ -n "$url" ] || return 0
  date=$(field "$(login)" date)
  theirs=$(date -d "$date" +%s 2>/dev/null) || return 0
  [ -n "$date" ] || return 0
  ahead=$(($(date +%s) - theirs))
  if [ "${ahead#-}" -gt "$clock_limit" ]; then
    printf 'the clock of this server is %s s %s of that of the storage at %s: temporary URLs and signatures would be refused; %s, %s\n' \
      "${ahead#-}" "$([ "$ahead" -gt 0 ] && echo ahead || echo behind)" "$host" \
      'set the one that is wrong (here: timedatectl set-ntp true)' "$retry"
  fi
}

# Prints the last error that the registry logged, or else the output of its health check.
last_error() {
  local log_line
  log_line=$(docker logs --tail 400 "$1" 2>&1 |
    grep -E '^(panic|fatal|configuration error)|"level":"(error|fatal|panic)"|Error:|Exception:' | tail -n 1 || true)
  [ -n "$log_line" ] || log_line=$(docker inspect --format '{{range .State.Health.Log}}{{.Output}}{{end}}' "$1" 2>/dev/null |
    grep -v '^$' | tail -n 1 || true)
  [ -z "$key" ] || log_line=${log_line//"$key"/***}
  printf '%s' "$log_line" | sed 's/AUTH_tk[0-9A-Za-z]*/***/g' | cut -c1-300
}

# Prints that Docker does not take the log, and the remedy; nothing where a health check does not say so. By the words
# of the health checks of both generations.
log_trouble() {
  case $(docker inspect --format '{{if .State.Health}}{{json .State.Health.Log}}{{end}}' "$1" 2>/dev/null) in
  *'Docker does not take'*)
    printf 'Docker does not take its log, which is dropped; on this server, systemctl restart docker cuts nothing, %s %s, %s\n' \
      'and docker restart' "$1 cuts transfers where that does not help" "$retry"
    ;;
  esac
}

healthy() {
  [ "$(docker inspect --format '{{.State.Running}} {{.State.Restarting}} {{.State.Health.Status}}' "$1" 2>/dev/null)" = \
    'true false healthy' ]
}

# Fails with the reason. Arguments: CONTAINER SECONDS-WAITED STORAGE-TROUBLE
fail_unhealthy() {
  local why=${3#refused } words
  docker inspect "$1" >/dev/null 2>&1 || fail "there is no container $1; bin/operate recover ENV makes it anew, $retry"
  [ -n "$why" ] || why=$(disk_trouble 1)
  [ -n "$why" ] || why=$(log_trouble "$1")
  words=$(last_error "$1")
  fail "registry $1 is not healthy after $2 s: ${why:-the storage answers as it should; see the log of the container on this server}${words:+. It said: $words}"
}

main() {
  local name=$1 limit=$2 next_check=5 trouble=''
  { IFS= read -r url; IFS= read -r user; IFS= read -r container; IFS= read -r key; } || true
  # Whole, both stand in secrets of the stack, as does the name of Swift's container: Pulumi would print [secret].
  host=${url#*://} account=${user%%:*}
  host=${host%%/*}
  until healthy "$name"; do
    if [ "$SECONDS" -ge "$next_check" ] || [ "$SECONDS" -ge "$limit" ]; then
      trouble=$(storage_trouble)
      case $trouble in refused*) fail_unhealthy "$name" "$SECONDS" "$trouble" ;; esac
      [ "$SECONDS" -lt "$limit" ] || fail_unhealthy "$name" "$SECONDS" "$trouble"
      next_check=$((SECONDS + 10))
    fi
    sleep 0.5
  done
  trouble=$(clock_trouble)
  [ -z "$trouble" ] || fail "registry $name: $trouble"
  echo healthy
}

# One line: the shell has read it whole when main reads what follows.
main "$@"; exit
