#!/usr/bin/env bash
# Makes sure of the folder in which a registry keeps its images, and that it belongs to the registry's user. What is in
# it is given to that user as well, once: nothing else writes there. Prints "changed" or "unchanged".
# Usage: registry-folder.sh FOLDER USER    USER is a number: that of the registry's user in its container
set -euo pipefail

main() {
  local folder=$1 user=$2
  if [ "$(stat -c '%u:%g' "$folder" 2>/dev/null)" = "$user:$user" ]; then echo unchanged; return; fi
  mkdir -p "$folder"
  # The folder itself comes last: where this was cut short, it is done again.
  find "$folder" -mindepth 1 -depth -exec chown -h "$user:$user" {} +
  chown "$user:$user" "$folder"
  echo changed
}

# One line: the shell has read it whole when main reads what follows.
main "$@"; exit
