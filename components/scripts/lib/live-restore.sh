#!/usr/bin/env bash
# Docker's live-restore: containers go on while the daemon is restarted or upgraded. After docker-says.sh and
# storage-driver-systemd.sh, which knows daemon.json. The script has `fail`.

# Prints why Docker cannot have it; nothing where it can. Swarm and live-restore exclude each other: a daemon with
# both does not start (docs.docker.com, Live restore). Argument: FILE
live_restore_obstacle() {
  local swarm
  swarm=$(docker_info Swarm)
  if [ ! -d /run/systemd/system ] || older "$(engine_version)" 1.12; then
    echo "Docker is older than 1.12, or systemd does not run it"
  elif [ -n "$swarm" ] && [ "$swarm" != inactive ]; then
    echo "Docker is in swarm mode ($swarm), which excludes live-restore"
  elif daemon_process cmdline | grep -E '^--live-restore(=|$)' >/dev/null; then
    echo "Docker is started with the flag --live-restore=false"
  elif grep -qsE '"live-restore"[[:space:]]*:[[:space:]]*false' "$1"; then
    echo "$1 says so (live-restore: false)"
  fi
}

live_restore_is_on() { [ "$(docker_info 'Live Restore Enabled')" = true ]; }

await_live_restore() {
  local tries=0
  until live_restore_is_on; do
    tries=$((tries + 1))
    [ "$tries" -lt 20 ] || return 1
    sleep 0.5
  done
}

# Sets it in daemon.json with all else kept, and has the daemon read the file again, which restarts nothing.
# Where Docker cannot have it, that is reported on standard error and left as it is.
keep_containers_running() {
  local file reason
  if live_restore_is_on; then return; fi
  file=$(systemd_file)
  reason=$(live_restore_obstacle "$file")
  if [ -n "$reason" ]; then
    printf '%s: containers stop when Docker is restarted: %s\n' "$(hostname)" "$reason" >&2
    return
  fi
  if ! grep -qs '"live-restore"' "$file"; then
    write_member live-restore true "$file" ||
      fail "live-restore could not be set: $file is not a JSON object; correct it and run pulumi up again"
  fi
  systemctl reload docker.service </dev/null >&2 || true
  await_live_restore ||
    fail "Docker does not take live-restore from $file; see its log (journalctl -u docker) on it, set" \
      '"live-restore": false there where containers may stop with Docker, and run pulumi up again'
}
