#!/usr/bin/env bash
# Looks for one file below a folder, and prints its path below it.
# Usage: see-file.sh FOLDER PATH
set -euo pipefail

main() {
  if [ -e "$1/$2" ]; then printf '%s\n' "$2"; fi
}

# One line: the shell has read it whole when main reads what follows.
main "$@"; exit
