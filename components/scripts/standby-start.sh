#!/usr/bin/env bash
# Makes this standby the registry: runs the steps that `pulumi up` has prepared beside this file, in their order.
# To run it again does no harm. Prints each step with its milliseconds.
# Usage: start COLOUR    the colour that goes live
set -euo pipefail

# shellcheck source=/dev/null
source lib/fail.sh

readonly folder=${REGISTRY_STANDBY:-/etc/registry-standby}

run_step() {
  local name=$1 script=$2 began
  shift 2
  began=$(date +%s%3N)
  bash "$folder/scripts/$script" "$@" <"$folder/inputs/$name" >/dev/null 2>"$folder/error-$name" ||
    fail "standby: $name: $(tail -n 1 "$folder/error-$name")"
  printf '%s %s\n' "$name" "$(($(date +%s%3N) - began))"
}

# Ends once all steps that run beside the others have; the first one that failed ends this too.
await_steps() {
  local process
  for process in "${beside[@]}"; do wait "$process"; done
  beside=()
}

main() {
  local live=$1 name colour order script arguments beside=()
  exec 9>"$folder/lock"
  flock -w 60 9 || fail "standby: another start holds $folder/lock for a minute now; end it, then run it again"
  grep -q "^[^ ]* $live " "$folder/steps" ||
    fail "standby: nothing is prepared for the colour $live; run pulumi up, or name the other colour"
  # Words are split here on purpose; none of them has a sign that a shell expands.
  set -f
  while read -r name colour order script arguments; do
    case $colour in "$live" | -) ;; *) continue ;; esac
    case $order in
      beside)
        # shellcheck disable=SC2086
        run_step "$name" "$script" ${arguments//@LIVE@/$live} &
        beside+=("$!")
        continue
        ;;
      after) await_steps ;;
    esac
    # shellcheck disable=SC2086
    run_step "$name" "$script" ${arguments//@LIVE@/$live}
  done <"$folder/steps"
  await_steps
}

# One line: the shell has read it whole when main reads what follows.
main "$@"; exit
