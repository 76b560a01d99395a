#!/usr/bin/env bash
# The systemd unit of a firewall's rules, which are loaded at each boot before there is a network.
# Usage: boot_unit DESCRIPTION COMMAND

boot_unit() {
  cat <<UNIT
[Unit]
Description=$1
DefaultDependencies=no
After=local-fs.target systemd-modules-load.service
Before=network-pre.target docker.service shutdown.target
Wants=network-pre.target
Conflicts=shutdown.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=$2

[Install]
WantedBy=sysinit.target
UNIT
}

# Has systemd start it at each boot, and now. Usage: start_boot_unit UNIT
start_boot_unit() {
  systemctl daemon-reload
  systemctl enable --quiet "$1" >&2
  systemctl start "$1"
}
