#!/usr/bin/env bash
# Writes standard input to a file; says whether that changed it. Usage: write FILE MODE

write() {
  local new
  new=$(mktemp "$1.XXXXXX")
  cat >"$new"
  chmod "$2" "$new"
  if cmp -s "$new" "$1"; then rm -f "$new"; return 1; fi
  mv -f "$new" "$1"
}
