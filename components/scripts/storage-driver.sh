#!/usr/bin/env bash
# Puts Docker on a storage driver with its images kept, and prints the driver in use as `docker info` tells it.
# What cannot work is refused before anything is changed; nothing is restarted when nothing changes. A change
# that fails is taken back, and one that was cut short is ended or taken back by the next run.
# Usage: storage-driver.sh auto|aufs|overlay2|devicemapper|vfs|fuse-overlayfs
set -euo pipefail

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

# What a change under way needs to be ended or taken back: archive, before, file, configuration, identity,
# images, and last of all wanted, from which on it counts.
readonly JOURNAL=/var/lib/storage-driver-change

fail() { printf '%s: %s\n' "$(hostname)" "$*" >&2; exit 1; }
noted() { cat "$JOURNAL/$1"; }

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
  local wanted=$1 engine=$2 root=$3 init=$4 before=$5 reason other
  reason=$(obstacle "$wanted" "$engine" "$root")
  if [ -n "$reason" ]; then
    other=$(alternative "$wanted" "$engine" "$root")
    [ -n "$other" ] ||
      fail "storage driver $wanted: $reason; no driver works on this server, order another operating system"
    fail "storage driver $wanted: $reason; set storageDriver to $other, which works here"
  fi
  [ -z "$(docker ps --all --quiet)" ] ||
    fail "storage driver $wanted: Docker has containers on $before, which a change would hide; remove them" \
      "(docker ps --all; their volumes stay), or keep storageDriver at $before"
  reason=$("${init}_obstacle")
  [ -z "$reason" ] || fail "storage driver $wanted: $reason and run pulumi up again"
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

forget() {
  [ ! -e "$JOURNAL/archive" ] || rm -f "$(noted archive)"
  rm -rf "$JOURNAL"
}

# Puts the old configuration back, and Docker on it where it is not.
restore() {
  local file
  file=$(noted file)
  if [ -e "$JOURNAL/configuration" ]; then
    cp -p "$JOURNAL/configuration" "$file.old"
    mv -f "$file.old" "$file"
  else
    rm -f "$file"
  fi
  [ "$(driver || true)" = "$(noted before)" ] || restart "$1" || true
}

undo() {
  local init=$1 reason=$2 before wanted words
  before=$(noted before) wanted=$(noted wanted) words=$("${init}_last_words")
  restore "$init"
  [ "$(driver || true)" = "$before" ] ||
    fail "storage driver $wanted: $reason, and Docker does not come back on $before either, though its old" \
      "configuration is back; see its log, then run pulumi up again. $words"
  forget
  fail "storage driver $wanted: $reason; Docker is back on $before with its images. $words"
}

# From here on the new driver must turn out right.
finish() {
  local init=$1 wanted found
  wanted=$(noted wanted)
  found=$(driver || true)
  [ "$found" = "$wanted" ] || undo "$init" "docker info shows ${found:-nothing} instead"
  found=$(load_images "$(noted archive)" "$JOURNAL/images" "$(noted identity)") ||
    undo "$init" "${found:-the images could not be read back}"
  forget
}

# Ends or takes back what an earlier run left half done.
recover() {
  local init
  init=$(init_system) || fail "a change of the storage driver was cut short, and neither systemd nor upstart is here"
  if [ ! -e "$JOURNAL/wanted" ]; then
    forget
  elif [ "$(driver || true)" = "$(noted wanted)" ]; then
    finish "$init"
  else
    restore "$init"
    forget
  fi
}

change() {
  local wanted=$1 engine=$2 root=$3 init=$4 before=$5 file reason
  file=$("${init}_file")
  mkdir -p "$JOURNAL"
  chmod 700 "$JOURNAL"
  printf '%s\n' "$root/storage-driver-images.tar" >"$JOURNAL/archive"
  printf '%s\n' "$before" >"$JOURNAL/before"
  printf '%s\n' "$file" >"$JOURNAL/file"
  image_identity >"$JOURNAL/identity"
  [ ! -e "$file" ] || cp -p "$file" "$JOURNAL/configuration"
  reason=$(save_images "$engine" "$(noted archive)" "$JOURNAL/images" "$(noted identity)") ||
    { forget; fail "storage driver $wanted: ${reason:-the images could not be saved}; Docker is as it was"; }
  sync
  printf '%s\n' "$wanted" >"$JOURNAL/wanted"
  "${init}_write" "$wanted" "$file" || undo "$init" "$file could not be written"
  restart "$init" || undo "$init" "Docker does not come up on it"
  finish "$init"
}

main() {
  local wanted=$1 before engine root init
  [ ! -d "$JOURNAL" ] || recover
  before=$(driver) || fail "storage driver $wanted: Docker does not answer; see its log"
  engine=$(engine_version) root=$(docker_root)
  [ "$wanted" != auto ] || wanted=$(best "$engine" "$root")
  if [ "$before" != "$wanted" ]; then
    init=$(init_system) || fail "storage driver $wanted: neither systemd nor upstart runs Docker here"
    refuse_the_impossible "$wanted" "$engine" "$root" "$init" "$before"
    if [ "$wanted" = aufs ]; then add_aufs_to_kernel; fi
    change "$wanted" "$engine" "$root" "$init" "$before"
  fi
  driver
}

# One line: the shell has read it whole when main reads what follows.
main "$@"; exit
