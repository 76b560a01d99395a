#!/usr/bin/env bash
# Packages of this server after its first installation.
# upgrade TEXT  upgrades Docker, HAProxy and what they need once, and prints their versions. Containers run on while
#               Docker restarts, and HAProxy hands its sockets over; TEXT only marks another upgrade
# updates       lets the server install security updates of its system by itself, but of Docker and HAProxy, which are
#               upgraded here; it does not reboot by itself
# no-updates    takes that back
# Usage: packages.sh upgrade TEXT|updates|no-updates
set -euo pipefail

# shellcheck source=/dev/null
source lib/fail.sh
# shellcheck source=/dev/null
source lib/apt.sh

readonly settings=${APT_FOLDER:-/etc/apt}/apt.conf.d/52registry-security-updates
readonly engine='docker.io docker-ce docker-ce-cli containerd containerd.io runc'
readonly proxy='haproxy socat'

version() { dpkg-query -W -f '${db:Status-Abbrev} ${Version}' "$1" 2>/dev/null | sed -n 's/^ii  *//p'; }

installed() {
  local package
  for package in "$@"; do [ -z "$(version "$package")" ] || printf '%s\n' "$package"; done
}

containers() { docker ps --quiet --no-trunc | sort; }

await_docker() {
  local tries=0
  until docker version >/dev/null 2>&1; do
    tries=$((tries + 1))
    [ "$tries" -lt 60 ] || fail "Docker does not answer after its upgrade; see journalctl -u docker on it"
    sleep 1
  done
}

upgrade() {
  local packages package before proxy_before
  # shellcheck disable=SC2086 # words of their own
  mapfile -t packages < <(installed $engine $proxy ca-certificates iptables)
  before=$(containers) proxy_before=$(version haproxy)
  apt_install --only-upgrade -o Dpkg::Options::=--force-confold "${packages[@]}" ||
    fail "its packages could not be upgraded; run apt-get upgrade on it by hand, then pulumi up again"
  await_docker
  [ "$(containers)" = "$before" ] ||
    fail "other containers run than before Docker's upgrade; see docker ps --all on it, then run pulumi up again"
  if [ "$(version haproxy)" != "$proxy_before" ] && systemctl --quiet is-active registry-door.service; then
    systemctl restart registry-door.service
  fi
  for package in $(installed docker.io docker-ce haproxy); do
    printf '%s %s\n' "$package" "$(version "$package")"
  done
}

updates_text() {
  cat <<'UPDATES'
APT::Periodic::Update-Package-Lists "1";
APT::Periodic::Unattended-Upgrade "1";
#clear Unattended-Upgrade::Origins-Pattern;
#clear Unattended-Upgrade::Allowed-Origins;
Unattended-Upgrade::Origins-Pattern {
  "origin=Debian,codename=${distro_codename}-security";
  "origin=Ubuntu,archive=${distro_codename}-security";
};
Unattended-Upgrade::Package-Blacklist { "^docker"; "^containerd"; "^runc$"; "^haproxy$"; };
Unattended-Upgrade::Automatic-Reboot "false";
UPDATES
}

updates() {
  apt_install unattended-upgrades ||
    fail "unattended-upgrades could not be installed; install it on it by hand, then run pulumi up again"
  updates_text >"$settings"
  systemctl enable --quiet --now unattended-upgrades.service apt-daily.timer apt-daily-upgrade.timer >&2
}

main() {
  case $1 in
    upgrade) upgrade ;;
    updates) updates ;;
    no-updates) rm -f "$settings" ;;
    *) fail "packages: no action $1" ;;
  esac
}

# One line: the shell has read it whole when main reads what follows.
main "$@"; exit
