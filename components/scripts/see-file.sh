#!/usr/bin/env bash
# Prints a path below a folder if the file exists, and nothing otherwise.
# Usage: see-file.sh FOLDER PATH
set -euo pipefail

main() {
  if [ -e "$1/$2" ]; then printf '%s\n' "$2"; fi
}

# One line: the shell has read it whole when main reads what follows.
main "$@"; exit
