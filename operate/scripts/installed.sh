#!/usr/bin/env bash
# Compares what was installed on this server with what a stack has. Prints a line "NAME missing", "NAME other" or
# "NAME edited FILE" for each installation whose mark does not exist, has another digest, or whose file is another one
# than the installation left. Changes nothing, and prints no digest.
# Usage: installed.sh NAME=DIGEST...
set -euo pipefail

readonly folder=${REGISTRY_INSTALLED:-/etc/softlayer-registry/installed}

# Prints the first file that differs from its digest; a file may have been deleted as well. Arguments: MARK
edited_file() {
  tail -n +2 "$1" | { LC_ALL=C sha256sum --check --quiet - 2>/dev/null || true; } | sed -n '1s/: FAILED.*$//p'
}

main() {
  local argument name digest mark file
  for argument in "$@"; do
    name=${argument%=*} digest=${argument##*=}
    mark=$folder/${name//\//_}
    if [ ! -e "$mark" ]; then
      printf '%s missing\n' "$name"
    elif [ "$(head -n 1 "$mark")" != "$digest" ]; then
      printf '%s other\n' "$name"
    else
      file=$(edited_file "$mark")
      [ -z "$file" ] || printf '%s edited %s\n' "$name" "$file"
    fi
  done
}

main "$@"; exit
