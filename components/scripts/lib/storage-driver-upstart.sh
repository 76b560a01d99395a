#!/usr/bin/env bash
# The storage driver in upstart's job of Docker, for Ubuntu 14.04.

upstart_file() { echo /etc/init/docker.conf; }

# Prints why the file cannot be written, and the remedy; nothing where it can.
upstart_obstacle() {
  local file
  file=$(upstart_file)
  if grep -qsE '^[[:blank:]]*(export[[:blank:]]+)?DOCKER_OPTS=' /etc/default/docker; then
    echo "/etc/default/docker sets DOCKER_OPTS, which outdoes $file; move its options there"
  elif grep -qs '"storage-driver"' /etc/docker/daemon.json; then
    # A flag and the file together stop the daemon.
    echo "/etc/docker/daemon.json has storage-driver; take it out"
  elif ! with_options any "$file" >/dev/null; then
    echo "$file has no simple DOCKER_OPTS= in its script; write DOCKER_OPTS=\"--storage-driver=DRIVER\" there"
  fi
}

# Prints the job with --storage-driver among the options of its script, others as they were.
# Arguments: DRIVER FILE
with_options() {
  # shellcheck disable=SC2016
  awk -v driver="$1" '
    /^script[ \t]*$/ { inside = 1 }
    /^end script/ { inside = 0 }
    inside && /^[ \t]*DOCKER_OPTS=/ {
      options = $0
      sub(/^[ \t]*DOCKER_OPTS=/, "", options)
      sub(/[ \t]+$/, "", options)
      if (options !~ /^"[^"\\]*"$/ && options !~ /^\047[^\047"$`\\]*\047$/ && options !~ /^[^ \t"\047#;\\]*$/) exit
      gsub(/["\047]/, "", options)
      gsub(/(^|[ \t])(-s|--storage-driver)[= \t]+[^ \t]+/, "", options)
      gsub(/^[ \t]+|[ \t]+$/, "", options)
      sub(/DOCKER_OPTS=.*/, "")
      print $0 "DOCKER_OPTS=\"" (options == "" ? "" : options " ") "--storage-driver=" driver "\""
      written++
      next
    }
    { print }
    END { exit written != 1 }' "$2"
}

# Writes the job whole or not at all; upstart reads only *.conf there. Arguments: DRIVER FILE
upstart_write() {
  local new=$2.new
  rm -f "$new" && with_options "$1" "$2" >"$new" && chmod --reference="$2" "$new" && mv -f "$new" "$2"
}

upstart_restart() { service docker restart; }

upstart_last_words() { tail -n 1 /var/log/upstart/docker.log 2>/dev/null || true; }
