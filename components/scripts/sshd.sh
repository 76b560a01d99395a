#!/usr/bin/env bash
# What sshd takes: keys alone, without passwords, forwarded agents or displays.
# try     writes the settings and has sshd read them; unless a new connection confirms them within ten minutes,
#         or before a reboot, those before come back
# confirm keeps them, and takes away the host key that came by user data, which others may have read
# Prints "changed" or "unchanged".
# Usage: sshd.sh try|confirm
set -euo pipefail

readonly settings=/etc/ssh/sshd_config.d/00-softlayer-registry.conf folder=/etc/registry-sshd
readonly rollback=registry-sshd-rollback restore=/usr/local/sbin/registry-sshd-rollback run=/run/systemd/system
readonly one_time='softlayer-registry-one-time'

fail() { printf '%s: sshd: %s\n' "$(hostname)" "$*" >&2; exit 1; }

# The first value of a keyword counts, and files of sshd_config.d are read by name: nothing else can say otherwise.
# TCP forwarding stays: operate reaches what listens on a server's loopback by it.
settings_text() {
  cat <<'SETTINGS'
# Written by softlayer-registry (components/scripts/sshd.sh).
PermitRootLogin prohibit-password
PubkeyAuthentication yes
PasswordAuthentication no
KbdInteractiveAuthentication no
HostbasedAuthentication no
PermitEmptyPasswords no
PermitUserEnvironment no
AllowAgentForwarding no
X11Forwarding no
PermitTunnel no
MaxAuthTries 4
LoginGraceTime 30
SETTINGS
}

# Brings back the settings from before: run by a timer, and by systemd before sshd starts.
restore_text() {
  cat <<RESTORE
#!/bin/sh
# Takes back settings of sshd that nobody confirmed.
if [ -e $folder/before ]; then mv -f $folder/before $settings; else rm -f $settings; fi
rm -rf $folder
systemctl --no-block disable $rollback.service
for unit in ssh.service sshd.service; do
  if systemctl cat "\$unit" >/dev/null 2>&1; then systemctl --no-block restart "\$unit"; break; fi
done
RESTORE
}

unit_text() {
  cat <<UNIT
[Unit]
Description=Takes back settings of sshd that nobody confirmed
Before=ssh.service sshd.service ssh.socket
After=local-fs.target

[Service]
Type=oneshot
ExecStart=$restore

[Install]
WantedBy=multi-user.target
UNIT
}

# Choice: with many servers, Pulumi comes to the confirmation late.
timer_text() {
  cat <<'TIMER'
[Timer]
OnActiveSec=600
AccuracySec=1
TIMER
}

# The way back: a timer for now, and the unit at the next boot, should the server reboot meanwhile.
arrange_rollback() {
  install -d -m 700 "$folder"
  restore_text >"$restore"
  chmod 755 "$restore"
  unit_text >"/etc/systemd/system/$rollback.service"
  timer_text >"$run/$rollback.timer"
  systemctl daemon-reload
  systemctl enable --quiet "$rollback.service" >&2
  systemctl start "$rollback.timer"
}

# The timer first: it starts the service. A way back that has begun is ended too; each caller looks what is written.
stop_rollback() {
  systemctl stop "$rollback.timer" 2>/dev/null || true
  systemctl stop "$rollback.service" 2>/dev/null || true
}

forget_rollback() {
  systemctl disable --quiet "$rollback.service" 2>/dev/null || true
  rm -rf "$folder" "/etc/systemd/system/$rollback.service" "$run/$rollback.timer" "$restore"
  systemctl daemon-reload
}

# A restart ends once sshd listens again, while a reload leaves it deaf for a moment afterwards. Sessions go on.
restart_sshd() {
  local unit
  for unit in ssh.service sshd.service; do
    if systemctl is-active --quiet "$unit"; then systemctl restart "$unit"; return; fi
  done
  fail "it runs by neither ssh.service nor sshd.service; start it by one of them, then run pulumi up again"
}

sshd_program() { PATH=$PATH:/usr/sbin:/sbin command -v sshd || fail "its program is missing on this server"; }

# What counts for a login of root, as sshd itself sees it; a file that sshd does not read counts for nothing.
check_settings() {
  local program effective keyword value
  program=$(sshd_program)
  effective=$("$program" -T -C user=root,host=localhost,addr=127.0.0.1) || fail "its configuration is not valid"
  settings_text | grep -v '^#' | while read -r keyword value; do
    # prohibit-password is shown by its older name as well.
    grep -qixE "$keyword ${value/prohibit-password/(prohibit-password|without-password)}" <<<"$effective" ||
      fail "$keyword is not $value, although $settings says so: put \"Include /etc/ssh/sshd_config.d/*.conf\" first" \
        "in /etc/ssh/sshd_config, and run pulumi up again"
  done
}

is_written() { settings_text | cmp -s - "$settings"; }

start_trial() {
  arrange_rollback
  if [ -e "$settings" ] && ! is_written; then cp -p "$settings" "$folder/before"; fi
  mkdir -p "$(dirname "$settings")"
  settings_text >"$settings"
  chmod 644 "$settings"
  if ! (check_settings); then
    systemctl stop "$rollback.timer"
    "$restore"
    forget_rollback
    exit 1
  fi
  restart_sshd
}

try() {
  stop_rollback
  if [ ! -d "$folder" ] && is_written; then
    check_settings
    echo unchanged
  else
    start_trial
    echo changed
  fi
}

# Its private half was in the server's user data. The key that is pinned was made on the server after it.
discard_one_time_key() {
  local public
  for public in /etc/ssh/ssh_host_*_key.pub; do
    if grep -qs "$one_time" "$public"; then
      rm -f "${public%.pub}" "$public"
      restart_sshd
    fi
  done
}

confirm() {
  stop_rollback
  if ! is_written; then
    start_trial
    fail "nobody logged in with the new settings within ten minutes, and those before came back; run pulumi up again:" \
      "the settings are on trial once more"
  fi
  forget_rollback
  discard_one_time_key
  echo unchanged
}

main() {
  case ${1:-} in
    try) try ;;
    confirm) confirm ;;
    *) fail "no action ${1:-}; must be try or confirm" ;;
  esac
}

# One line: the shell has read it whole when main reads what follows.
main "$@"; exit
