#!/usr/bin/env bash
# Writes standard input to a file, whole or not at all, and on the disk before anybody is told. Prints "changed" or
# "unchanged". It fails where that cannot be done, such as on a full disk, and leaves the file as it was. What there is
# is never replaced by nothing: whoever was to print it has failed. Usage: write FILE MODE

write() {
  local new
  new=$(mktemp "$1.XXXXXX") || return 1
  # Each step is asked for by itself: set -e does not count where the caller looks at the result.
  if ! cat >"$new" || ! chmod "$2" "$new" || { [ ! -s "$new" ] && [ -s "$1" ]; }; then
    rm -f "$new"
    printf '%s: %s could not be written, and is as it was\n' "$(hostname)" "$1" >&2
    return 1
  fi
  if cmp -s "$new" "$1"; then
    rm -f "$new"
    echo unchanged
    return
  fi
  sync "$new" && mv -f "$new" "$1" && sync "$(dirname "$1")" && echo changed
}
