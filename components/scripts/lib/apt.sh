#!/usr/bin/env bash
# Packages by apt, on a server that may be in its first boot: cloud-init and unattended-upgrades hold apt's locks
# for minutes then. The script has `fail`.

# Choice: public reports have up to ten minutes on small servers.
readonly APT_SECONDS=900 APT_PAUSE=5

# apt knows no wait for the lock of its lists, and before 1.9.11 none for dpkg's. needrestart would restart the
# Docker and HAProxy that serve; whoever upgrades packages decides on that.
run_apt() {
  LC_ALL=C DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 \
    apt-get -qq -o Acquire::Retries=3 "$@" </dev/null 2>&1
}

apt_is_locked() { grep -qE 'Could not get lock|Unable to (lock|acquire)|lock was locked' <<<"$1"; }

# Prints what of the first boot is still to come or under way.
first_boot() {
  [ -d /run/systemd/system ] || return 0
  systemctl list-jobs --no-legend 2>/dev/null | awk '$2 ~ /^cloud-.*\.service$/ { unit = $2 } END { print unit }'
}

wait_for_first_boot() {
  local deadline=$1 unit shown=""
  while unit=$(first_boot) && [ -n "$unit" ]; do
    [ "$SECONDS" -lt "$deadline" ] ||
      fail "its first boot has not ended after $APT_SECONDS s ($unit); see cloud-init status --long on it, and run" \
        "pulumi up again"
    [ -n "$shown" ] || printf '%s: waits for its first boot to end (%s)\n' "$(hostname)" "$unit" >&2
    shown=1
    sleep "$APT_PAUSE"
  done
}

# Refuses sources whose packages apt would take without a signature.
refuse_unsigned_sources() {
  local folder=${APT_FOLDER:-/etc/apt} line
  local unsigned='trusted|allow-insecure|allow-weak|allow-downgrade-to-insecure' yes='(yes|true|1)'
  line=$(find "$folder/sources.list" "$folder/sources.list.d" -type f \( -name '*.list' -o -name '*.sources' \) \
    -exec grep -HiE -m 1 "^ *deb.*\[[^]]*($unsigned)=$yes|^($unsigned): *$yes" {} + 2>/dev/null | head -n 1) || true
  [ -z "$line" ] ||
    fail "an apt source is taken without a signature: $line; give it signed-by and the key of its owner instead"
}

# Installs packages; waits for whoever holds apt, for 15 minutes at most. Prints nothing; why it cannot goes to
# standard error. Arguments: PACKAGE...
apt_install() {
  local deadline=$((SECONDS + APT_SECONDS)) words shown="" mended=""
  refuse_unsigned_sources
  wait_for_first_boot "$deadline"
  until words=$(run_apt update && run_apt install -y --no-install-recommends "$@"); do
    if apt_is_locked "$words"; then
      words=$(grep -m 1 -E 'lock' <<<"$words")
      [ "$SECONDS" -lt "$deadline" ] ||
        fail "apt is still locked after $APT_SECONDS s: $words; wait for that process or end it, and run pulumi up again"
      [ -n "$shown" ] || printf '%s: waits for apt: %s\n' "$(hostname)" "$words" >&2
      shown=1
      sleep "$APT_PAUSE"
    elif [ -z "$mended" ] && grep -q 'dpkg was interrupted' <<<"$words"; then
      mended=1
      LC_ALL=C DEBIAN_FRONTEND=noninteractive dpkg --configure -a </dev/null >&2 || true
    else
      printf '%s\n' "$words" >&2
      return 1
    fi
  done
}
