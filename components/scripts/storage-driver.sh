#!/usr/bin/env bash
# Puts Docker on a storage driver with its images kept, and prints the driver in use as `docker info` shows it.
# What cannot work is refused before anything is changed; nothing is restarted when nothing changes. A change
# that fails is rolled back, and an interrupted one is completed or rolled back by the next run.
# Usage: storage-driver.sh auto|aufs|overlay2|devicemapper|vfs|fuse-overlayfs
set -euo pipefail

# shellcheck source=/dev/null
source lib/fail.sh
# shellcheck source=/dev/null
source lib/docker-says.sh
# shellcheck source=/dev/null
source lib/storage-driver-checks.sh
# shellcheck source=/dev/null
source lib/storage-driver-images.sh
# shellcheck source=/dev/null
source lib/storage-driver-systemd.sh
# shellcheck source=/dev/null
source lib/storage-driver-upstart.sh

# What a change under way needs to be completed or rolled back: archive, before, file, configuration, identity,
# images, and last of all target, from which on it counts.
readonly JOURNAL=/var/lib/storage-driver-change

journal_value() { cat "$JOURNAL/$1"; }

init_system() {
  if [ -d /run/systemd/system ]; then echo systemd
  elif [ -f /etc/init/docker.conf ]; then echo upstart
  else return 1; fi
}

# The article's driver on the article's system, else the one that every newer engine prefers.
best() {
  if release_is ID ubuntu && release_is VERSION_ID '14\.04' && [ -z "$(obstacle aufs "$1" "$2")" ]; then
    echo aufs
  else
    echo overlay2
  fi
}

refuse_the_impossible() {
  local target=$1 engine=$2 root=$3 init=$4 before=$5 reason working_driver
  reason=$(obstacle "$target" "$engine" "$root")
  if [ -n "$reason" ]; then
    working_driver=$(alternative "$target" "$engine" "$root")
    [ -n "$working_driver" ] ||
      fail "storage driver $target: $reason; no driver works on this server, order another operating system"
    fail "storage driver $target: $reason; set storageDriver to $working_driver, which works here"
  fi
  [ -z "$(docker ps --all --quiet)" ] ||
    fail "storage driver $target: Docker has containers on $before, which a change would hide; remove them" \
      "(docker ps --all; their volumes stay), or keep storageDriver at $before"
  reason=$("${init}_obstacle")
  [ -z "$reason" ] || fail "storage driver $target: $reason and run pulumi up again"
}

# The article's first step: the rest of the running kernel's modules.
add_aufs_to_kernel() {
  local package
  if kernel_has aufs; then return; fi
  package=$(kernel_extra)
  export DEBIAN_FRONTEND=noninteractive
  { apt-get -qq install -y "$package" && modprobe aufs; } </dev/null >&2 ||
    fail "storage driver aufs: $package did not give the kernel aufs; Docker is as it was"
}

restart() {
  local tries=0
  "${1}_restart" </dev/null >&2 || return 1
  until driver >/dev/null; do
    tries=$((tries + 1))
    [ "$tries" -lt 60 ] || return 1
    sleep 1
  done
}

clear_journal() {
  [ ! -e "$JOURNAL/archive" ] || rm -f "$(journal_value archive)"
  rm -rf "$JOURNAL"
}

# Puts the old configuration back, and Docker on it where it is not.
restore() {
  local file
  file=$(journal_value file)
  if [ -e "$JOURNAL/configuration" ]; then
    cp -p "$JOURNAL/configuration" "$file.old"
    mv -f "$file.old" "$file"
  else
    rm -f "$file"
  fi
  [ "$(driver || true)" = "$(journal_value before)" ] || restart "$1" || true
}

roll_back() {
  local init=$1 reason=$2 before target words
  before=$(journal_value before) target=$(journal_value target) words=$("${init}_last_words")
  restore "$init"
  [ "$(driver || true)" = "$before" ] ||
    fail "storage driver $target: $reason, and Docker does not come back on $before either, though its old" \
      "configuration is back; see its log, then run pulumi up again. $words"
  clear_journal
  fail "storage driver $target: $reason; Docker is back on $before with its images. $words"
}

# From here on the new driver must turn out right.
finish() {
  local init=$1 target driver_in_use problem
  target=$(journal_value target)
  driver_in_use=$(driver || true)
  [ "$driver_in_use" = "$target" ] || roll_back "$init" "docker info shows ${driver_in_use:-nothing} instead"
  problem=$(load_images "$(journal_value archive)" "$JOURNAL/images" "$(journal_value identity)") ||
    roll_back "$init" "${problem:-the images could not be read back}"
  clear_journal
}

# Completes or rolls back an interrupted earlier run.
recover() {
  local init
  init=$(init_system) || fail "a change of the storage driver was cut short, and neither systemd nor upstart is here"
  if [ ! -e "$JOURNAL/target" ]; then
    clear_journal
  elif [ "$(driver || true)" = "$(journal_value target)" ]; then
    finish "$init"
  else
    restore "$init"
    clear_journal
  fi
}

change() {
  local target=$1 engine=$2 root=$3 init=$4 before=$5 file reason
  file=$("${init}_file")
  mkdir -p "$JOURNAL"
  chmod 700 "$JOURNAL"
  printf '%s\n' "$root/storage-driver-images.tar" >"$JOURNAL/archive"
  printf '%s\n' "$before" >"$JOURNAL/before"
  printf '%s\n' "$file" >"$JOURNAL/file"
  image_identity >"$JOURNAL/identity"
  [ ! -e "$file" ] || cp -p "$file" "$JOURNAL/configuration"
  reason=$(save_images "$engine" "$(journal_value archive)" "$JOURNAL/images" "$(journal_value identity)") ||
    { clear_journal; fail "storage driver $target: ${reason:-the images could not be saved}; Docker is as it was"; }
  sync
  printf '%s\n' "$target" >"$JOURNAL/target"
  "${init}_write" "$target" "$file" || roll_back "$init" "$file could not be written"
  restart "$init" || roll_back "$init" "Docker does not come up on it"
  finish "$init"
}

main() {
  local target=$1 before engine root init
  [ ! -d "$JOURNAL" ] || recover
  before=$(driver) || fail "storage driver $target: Docker does not answer; see its log"
  engine=$(engine_version) root=$(docker_root)
  [ "$target" != auto ] || target=$(best "$engine" "$root")
  if [ "$before" != "$target" ]; then
    init=$(init_system) || fail "storage driver $target: neither systemd nor upstart runs Docker here"
    refuse_the_impossible "$target" "$engine" "$root" "$init" "$before"
    if [ "$target" = aufs ]; then add_aufs_to_kernel; fi
    change "$target" "$engine" "$root" "$init" "$before"
  fi
  driver
}

# One line: the shell has read it whole when main reads what follows.
main "$@"; exit
