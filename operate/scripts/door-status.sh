#!/usr/bin/env bash
# Prints as one line of JSON which colour is live, the last token, whether each connection ends with its answer, as
# door-handover.sh has it until a move has led clients elsewhere, and what each colour's backend has counted: over all
# processes together, those that a reload left included, and of each process alone. Counters of a process end
# with it; "sessions" are requests under way, whose bytes grow while they move (looked at every 5 s). "kept" are the idle
# connections of clients in processes that a reload left, each of which may bring one more request there.
# Changes nothing.
# Usage: door-status.sh
set -euo pipefail

# shellcheck source=/dev/null
source lib/door-workers.sh

# shellcheck disable=SC2034 # of run, which the workers are asked by
readonly folder=${REGISTRY_DOOR:-/etc/registry-door} run=${REGISTRY_DOOR_RUN:-/run/registry-door}

fail() { printf '%s: %s\n' "$(hostname)" "$*" >&2; exit 1; }

live() {
  [ ! -e "$folder/live.map" ] ||
    awk '{ printf "%s\"%s\": \"%s\"", (NR > 1 ? ", " : ""), $1, $2 }' "$folder/live.map"
}

# "WORKER line" for each line of each process's statistics, the newest process first.
statistics() {
  local worker
  for worker in $1; do
    master "@!$worker show stat -1 3 -1" 2>/dev/null | sed "s/^/$worker,/" || true
  done
}

counted() {
  awk -F, '
    function add(key, name) { sum[who, key] += $(at[name]) + 0; return sum[who, key] }
    function number(key, as) { return sprintf("\"%s\": %d", as, sum[who, key]) }
    # Sums of all processes under the name of none; what is no sum comes from the newest.
    function count(worker, proxy) {
      who = worker SUBSEP proxy
      add("scur", "scur"); add("stot", "stot"); add("bin", "bin"); add("bout", "bout")
      for (class = 1; class <= 5; class++) add(class "xx", "hrsp_" class "xx")
      add("other", "hrsp_other"); add("econ", "econ"); add("eresp", "eresp"); add("wretr", "wretr")
      add("cli_abrt", "cli_abrt"); add("srv_abrt", "srv_abrt")
      if (!((who) in status)) {
        status[who] = $(at["status"])
        add("rtime", "rtime"); add("rtime_max", "rtime_max"); add("ttime", "ttime"); add("ttime_max", "ttime_max")
      }
    }
    function shown(worker, proxy,  text, class) {
      who = worker SUBSEP proxy
      text = "\"" proxy "\": {\"status\": \"" status[who] "\", " number("scur", "sessions") ", " \
        number("stot", "requests") ", " number("bin", "bytesIn") ", " number("bout", "bytesOut") ", \"responses\": {"
      for (class = 1; class <= 5; class++) text = text number(class "xx", class "xx") ", "
      return text number("other", "other") "}, " number("econ", "connectErrors") ", " \
        number("eresp", "responseErrors") ", " number("wretr", "retries") ", " \
        number("cli_abrt", "clientAborts") ", " number("srv_abrt", "serverAborts") ", " \
        number("rtime", "responseMs") ", " number("rtime_max", "responseMsMax") ", " \
        number("ttime", "totalMs") ", " number("ttime_max", "totalMsMax") "}"
    }
    function all(worker,  text, i) {
      for (i = 1; i <= proxies; i++)
        if ((worker SUBSEP order[i]) in status) text = text (text ? ", " : "") shown(worker, order[i])
      return "{" text "}"
    }
    $2 ~ /^# / { for (i = 2; i <= NF; i++) { name = $i; sub(/^# /, "", name); at[name] = i } next }
    newest == "" { newest = $1 }
    # A door with one registry, such as that of another server, has the backend "registry-NAME".
    $2 ~ /^(front|registry)-/ && $1 != newest { clients[$1] += ($3 == "FRONTEND" ? 1 : -1) * $(at["scur"]) }
    $2 ~ /^front-/ && $3 == "BACKEND" {
      if (!seen[$2]++) order[++proxies] = $2
      if (!known[$1]++) worker[++workers] = $1
      count($1, $2); count("", $2)
    }
    END {
      printf "\"backends\": %s, \"workers\": [", all("")
      for (w = 1; w <= workers; w++)
        printf "%s{\"pid\": %s, \"newest\": %s, \"backends\": %s}", (w > 1 ? ", " : ""), worker[w], \
          (w == 1 ? "true" : "false"), all(worker[w])
      for (left in clients) if (clients[left] > 0) kept += clients[left]
      printf "], \"kept\": %d}\n", kept
    }'
}

main() {
  local workers
  workers=$(workers) || fail "HAProxy does not run; see systemctl status registry-door on it"
  printf '{"live": {%s}, "fence": %s, "closing": %s, ' "$(live)" "$(cat "$folder/fence" 2>/dev/null || echo 0)" \
    "$([ -e "$folder/current/01-handover.cfg" ] && echo true || echo false)"
  statistics "$workers" | counted
}

main "$@"; exit
