#!/usr/bin/env bash
# What sshd takes: keys alone, without passwords, forwarded agents or displays.
# try     writes the settings and has sshd read them; unless a new connection confirms them within ten minutes,
#         or before a reboot, those before come back
# confirm keeps them, and takes away the host key that came by user data, which others may have read
# They are a file of sshd_config.d where sshd reads that first; else, as on each sshd before 8.2, a block at the top of
# sshd_config. The way back is a timer and a unit of systemd; on Ubuntu 14.04 a waiting process and a job of upstart.
# Prints "changed" or "unchanged".
# Usage: sshd.sh try|confirm
set -euo pipefail

readonly config=/etc/ssh/sshd_config own_file=/etc/ssh/sshd_config.d/00-softlayer-registry.conf
readonly folder=/etc/registry-sshd trial_seconds=600 job=/etc/init/registry-sshd-rollback.conf
readonly begin='# softlayer-registry: begin' end='# softlayer-registry: end'
readonly rollback=registry-sshd-rollback restore=/usr/local/sbin/registry-sshd-rollback run=/run/systemd/system
readonly one_time='softlayer-registry-one-time'

fail() { printf '%s: sshd: %s\n' "$(hostname)" "$*" >&2; exit 1; }

has_systemd() { [ -d "$run" ]; }

# Whether the first that sshd reads are the files of its folder: the first value of a keyword counts.
reads_folder() {
  awk 'NF && $1 !~ /^#/ {
      found = tolower($1) == "include" && $2 ~ /^(\/etc\/ssh\/)?sshd_config\.d\/\*(\.conf)?$/; exit
    } END { exit !found }' "$config"
}

# The first value of a keyword counts, and files of sshd_config.d are read by name: nothing else can say otherwise.
# TCP forwarding stays: operate reaches what listens on a server's loopback by it. OpenSSH before 7.0 knows
# prohibit-password by its older name alone, and before 8.7 the challenges are a keyword of their own.
settings_text() {
  cat <<'SETTINGS'
# Written by softlayer-registry (components/scripts/sshd.sh).
PermitRootLogin without-password
PubkeyAuthentication yes
PasswordAuthentication no
ChallengeResponseAuthentication no
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

# What is written to sshd_config where it reads no folder first.
block_text() { printf '%s\n' "$begin"; settings_text; printf '%s\n' "$end"; }

# Prints sshd_config without the block.
config_alone() { sed "/^$begin\$/,/^$end\$/d" "$config"; }

# Puts what follows on standard input in the place of a file of sshd, with the mode of the one before.
replace_file() {
  local new=$1.registry-new
  if [ -e "$1" ]; then cp -p "$1" "$new"; else : >"$new"; chmod 644 "$new"; fi
  cat >"$new"
  mv -f "$new" "$1"
}

write_settings() {
  if reads_folder; then
    mkdir -p "$(dirname "$own_file")"
    settings_text | replace_file "$own_file"
  else
    # Read whole before the file is replaced.
    { block_text; config_alone; } >"$folder/new"
    replace_file "$config" <"$folder/new"
  fi
}

# Keeps what is there of an earlier version, for the way back.
keep_before() {
  local text
  if reads_folder; then
    if [ -e "$own_file" ]; then cp -p "$own_file" "$folder/before"; fi
  else
    text=$(sed -n "/^$begin\$/,/^$end\$/p" "$config")
    if [ -n "$text" ]; then printf '%s\n' "$text" >"$folder/before"; fi
  fi
}

# How the settings from before come back, by where they are.
restore_settings_text() {
  if reads_folder; then
    printf '%s\n' "if [ -e $folder/before ]; then mv -f $folder/before $own_file; else rm -f $own_file; fi"
    return
  fi
  cat <<RESTORE
{ if [ -e $folder/before ]; then cat $folder/before; fi; sed '/^$begin\$/,/^$end\$/d' $config; } >$folder/restored &&
  cp -p $config $config.registry-new && cat $folder/restored >$config.registry-new && mv -f $config.registry-new $config
RESTORE
}

# How the way back is forgotten, and sshd started anew; while upstart boots, the job ends before sshd is started.
restore_sshd_text() {
  if has_systemd; then
    cat <<RESTORE
systemctl --no-block disable $rollback.service
for unit in ssh.service sshd.service; do
  if systemctl cat "\$unit" >/dev/null 2>&1; then
    systemctl reset-failed "\$unit"
    systemctl --no-block restart "\$unit"
    break
  fi
done
RESTORE
  else
    cat <<RESTORE
rm -f $job
if status ssh 2>/dev/null | grep -q running; then service ssh restart; fi
RESTORE
  fi
}

# Brings back the settings from before: run when the trial ends, and at a boot before sshd starts.
restore_text() {
  printf '%s\n' '#!/bin/sh' '# Takes back settings of sshd that nobody confirmed.'
  restore_settings_text
  printf '%s\n' "rm -rf $folder"
  restore_sshd_text
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
  cat <<TIMER
[Timer]
OnActiveSec=$trial_seconds
AccuracySec=1
TIMER
}

job_text() {
  cat <<JOB
description "Takes back settings of sshd that nobody confirmed"
start on starting ssh
task
exec $restore
JOB
}

# The way back: a timer for now, and a unit or job for the next boot, should the server be started anew meanwhile.
arrange_rollback() {
  install -d -m 700 "$folder"
  restore_text >"$restore"
  chmod 755 "$restore"
  if has_systemd; then
    unit_text >"/etc/systemd/system/$rollback.service"
    timer_text >"$run/$rollback.timer"
    systemctl daemon-reload
    systemctl enable --quiet "$rollback.service" >&2
    systemctl start "$rollback.timer"
  else
    job_text >"$job"
    # A session of its own, so that the end of this login does not end it.
    # shellcheck disable=SC2016 # the other shell's arguments
    setsid bash -c 'sleep "$1"; exec "$2"' - "$trial_seconds" "$restore" </dev/null >/dev/null 2>&1 &
    printf '%s\n' "$!" >"$folder/waiting"
  fi
}

# The timer first: it starts the service. A way back that has begun is ended too; each caller looks what is written.
stop_rollback() {
  local process
  if has_systemd; then
    systemctl stop "$rollback.timer" 2>/dev/null || true
    systemctl stop "$rollback.service" 2>/dev/null || true
  elif [ -e "$folder/waiting" ]; then
    process=$(<"$folder/waiting")
    # Its number may be another process's by now, after a boot.
    if tr '\0' ' ' 2>/dev/null <"/proc/$process/cmdline" | grep -qF "$restore"; then kill -- "-$process" || true; fi
    rm -f "$folder/waiting"
  fi
}

forget_rollback() {
  if has_systemd; then
    systemctl disable --quiet "$rollback.service" 2>/dev/null || true
    rm -f "/etc/systemd/system/$rollback.service" "$run/$rollback.timer"
    systemctl daemon-reload
  else
    rm -f "$job"
  fi
  rm -rf "$folder" "$restore"
}

# A restart ends once sshd listens again, while a reload leaves it deaf for a moment afterwards. Sessions go on. systemd
# counts starts, and leaves down what was started five times within ten seconds, unless it is told to forget them.
restart_sshd() {
  local unit
  if ! has_systemd; then
    service ssh restart >&2 || fail "service ssh restart failed; start it by that, then run pulumi up again"
    return
  fi
  for unit in ssh.service sshd.service; do
    if systemctl is-active --quiet "$unit"; then
      systemctl reset-failed "$unit"
      systemctl restart "$unit"
      return
    fi
  done
  fail "it runs by neither ssh.service nor sshd.service; start it by one of them, then run pulumi up again"
}

sshd_program() { PATH=$PATH:/usr/sbin:/sbin command -v sshd || fail "its program is missing on this server"; }

# What counts for a login of root, as sshd itself sees it; a file that sshd does not read counts for nothing. An older
# sshd does not show all that it knows, a newer one has the challenges under the other name.
check_settings() {
  local program effective keyword value
  local -r line=$'\n'
  program=$(sshd_program)
  effective=$("$program" -T -C user=root,host=localhost,addr=127.0.0.1) || fail "its configuration is not valid"
  effective=$line${effective,,}$line
  while read -r keyword value; do
    case $keyword in
      '#') continue ;;
      ChallengeResponseAuthentication | AllowAgentForwarding | PermitTunnel)
        [[ $effective == *"$line${keyword,,} "* ]] || continue ;;
    esac
    [[ $effective == *"$line${keyword,,} $value$line"* ||
      $effective == *"$line${keyword,,} ${value/without-password/prohibit-password}$line"* ]] ||
      fail "$keyword is not $value for root, although it was put first: take the Match block that says otherwise out of" \
        "/etc/ssh/sshd_config, and run pulumi up again"
  done < <(settings_text)
}

is_written() {
  if reads_folder; then settings_text | cmp -s - "$own_file"
  else [ "$(head -n "$(block_text | wc -l)" "$config")" = "$(block_text)" ]; fi
}

start_trial() {
  arrange_rollback
  if ! is_written; then keep_before; fi
  write_settings
  if ! (check_settings); then
    stop_rollback
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
