#!/usr/bin/env bash
# Keeps the files of a registry's containers on their server. Containers mount them read-only, one by one: Docker copies no
# file into a container whose root is read-only. Each container has a folder of its own, whose name follows from what it is
# made from; only root can list it. The files' modes are those that the container's user needs.
# write   puts the archive that follows on standard input, a tar in base64, into FOLDER, whole or not at all, and takes
#         away the folders beside it that no container uses. Prints "changed" or "unchanged"
# remove  takes away FOLDER and what is in it
# Usage: container-files.sh write|remove FOLDER
set -euo pipefail

# shellcheck source=/dev/null
source lib/replace-folder.sh

new=''

# Prints names, modes and digests of all files in a folder.
content() { (cd "$1" && find . -type f -printf '%p %m ' -exec sha256sum {} \; | sort); }

# Takes away the folders beside one, if no container has files of theirs. Arguments: FOLDER
clean() {
  local used other
  used=$(docker ps --all --quiet | xargs --no-run-if-empty docker inspect --format \
    '{{range .Mounts}}{{println .Source}}{{end}}') || return 0
  for other in "${1%/*}"/*; do
    [ "$other" != "$1" ] || continue
    grep -qF "$other/" <<<"$used" || rm -rf "$other"
  done
}

write() {
  local folder=$1
  umask 077
  mkdir -p "${folder%/*}"
  new=$(mktemp -d "${folder%/*}/.new.XXXXXX")
  trap 'rm -rf "$new"' EXIT
  base64 -d | tar --extract --preserve-permissions --no-same-owner --directory "$new"
  if [ -d "$folder" ] && [ "$(content "$folder")" = "$(content "$new")" ]; then
    echo unchanged
  else
    replace "$new" "$folder"
    echo changed
  fi
  clean "$folder"
}

main() {
  local action=$1 folder=$2
  case $action in
    write) write "$folder" ;;
    remove) rm -rf "$folder" "$folder.old" ;;
    *) printf '%s: container-files: no action %s\n' "$(hostname)" "$action" >&2; exit 1 ;;
  esac
}

# One line: the shell has read it whole when main reads what follows.
main "$@"; exit
