#!/usr/bin/env bash
# Makes sure of HAProxy and of the unit that runs it for the registry's doors, and prints its version.
# Doors are added by door.sh; the unit starts with the first file of theirs.
# Usage: proxy.sh install|packages|remove    packages installs HAProxy and leaves it at that
set -euo pipefail

# shellcheck source=/dev/null
source lib/fail.sh
# shellcheck source=/dev/null
source lib/write-file.sh
# shellcheck source=/dev/null
source lib/apt.sh

readonly unit=/etc/systemd/system/registry-door.service folder=/etc/registry-door

install_packages() {
  local fresh=1
  command -v haproxy >/dev/null && fresh=0
  if [ "$fresh" = 1 ] || ! command -v socat >/dev/null; then
    apt_install haproxy socat ca-certificates ||
      fail "HAProxy could not be installed; install haproxy and socat on it by hand and run pulumi up again"
  fi
  # The package's own service has nothing to serve; one that somebody had before is left alone.
  [ "$fresh" = 0 ] || systemctl disable --quiet --now haproxy.service >&2
}

# A restart takes over the sockets that the one before leaves open, and lets it serve its requests to their end;
# it stops nobody, hence KillMode. A reload does the same within HAProxy's master.
unit_text() {
  cat <<'UNIT'
[Unit]
Description=The registry's doors
After=network-online.target
Wants=network-online.target
StartLimitIntervalSec=0

[Service]
Type=notify
Environment=REGISTRY_DOOR=/etc/registry-door REGISTRY_DOOR_RUN=/run/registry-door
RuntimeDirectory=registry-door
RuntimeDirectoryMode=0700
RuntimeDirectoryPreserve=restart
LimitNOFILE=65536
# It may not take the whole server's memory; HAProxy itself needs some tens of MB and 100 KB a busy connection.
MemoryMax=50%
TasksMax=1024
# What it needs of root: ports below 1024, to become the user haproxy, and to end workers that are that user.
CapabilityBoundingSet=CAP_NET_BIND_SERVICE CAP_SETUID CAP_SETGID CAP_KILL
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
RemoveIPC=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM
UMask=0077
ExecStart=/etc/registry-door/start
ExecReload=/usr/sbin/haproxy -c -q -f /etc/registry-door/current
ExecReload=/bin/kill -USR2 $MAINPID
ExecStop=/etc/registry-door/stop
KillMode=none
Restart=always
RestartSec=1s

[Install]
WantedBy=multi-user.target
UNIT
}

start_text() {
  cat <<'START'
#!/bin/sh
# Starts HAProxy; takes over from the one that a restart left, if there is one.
run=$REGISTRY_DOOR_RUN
set -- /usr/sbin/haproxy -Ws -f "$REGISTRY_DOOR/current" -S "$run/master.sock,mode,600" -p "$run/pid"
leaving=$(cat "$run/leaving" 2>/dev/null)
if [ "$(cat "/proc/$leaving/comm" 2>/dev/null)" = haproxy ]; then
  set -- "$@" -x "$run/door.sock" -sf "$leaving"
fi
exec "$@"
START
}

stop_text() {
  cat <<'STOP'
#!/bin/sh
# Stops HAProxy; a restart leaves it to the next one, which takes its sockets over.
[ -n "$MAINPID" ] || exit 0
if systemctl list-jobs --no-legend | grep -q 'registry-door\.service  *restart'; then
  echo "$MAINPID" >"$REGISTRY_DOOR_RUN/leaving"
  exit 0
fi
kill -TERM "$MAINPID"
tail --pid="$MAINPID" -f /dev/null
STOP
}

version() { haproxy -v | sed -n '1s/^HAProxy version \([^ ]*\).*/\1/p'; }

remove() {
  systemctl disable --quiet --now registry-door.service >&2 || true
  rm -rf "$unit" "$folder"
  systemctl daemon-reload
}

main() {
  local changed
  if [ "$1" = remove ]; then remove; return; fi
  install_packages
  if [ "$1" = packages ]; then version; return; fi
  install -d -m 700 "$folder"
  start_text | write "$folder/start" 755 >/dev/null
  stop_text | write "$folder/stop" 755 >/dev/null
  changed=$(unit_text | write "$unit" 644)
  [ "$changed" = unchanged ] || systemctl daemon-reload
  systemctl enable --quiet registry-door.service >&2
  version
}

# One line: the shell has read it whole when main reads what follows.
main "$@"; exit
