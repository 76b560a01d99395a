#!/usr/bin/env bash
# The storage driver in daemon.json, for servers with systemd.

# Prints the running daemon's arguments, or of FILE environ its environment, one a line.
daemon_process() {
  local id
  id=$(systemctl show --property=MainPID docker.service)
  id=${id#MainPID=}
  [ "${id:-0}" != 0 ] || return 0
  tr '\0' '\n' <"/proc/$id/$1"
}

systemd_file() {
  local file
  file=$(daemon_process cmdline | awk '/^--?config-file=/ { sub(/^[^=]*=/, ""); print } next_one { print; next_one = 0 }
    /^--?config-file$/ { next_one = 1 }')
  printf '%s\n' "${file:-/etc/docker/daemon.json}"
}

# Prints why the file cannot be written, and the remedy; nothing where it can.
systemd_obstacle() {
  local file key
  file=$(systemd_file)
  if daemon_process cmdline | grep -E '^(-s|--storage-driver)(=|$)' >/dev/null; then
    # A flag and the file together stop the daemon.
    echo "Docker is started with the flag --storage-driver; take it out of docker.service (systemctl cat docker)"
  elif daemon_process environ | grep '^DOCKER_DRIVER=.' >/dev/null; then
    echo "Docker is started with DOCKER_DRIVER, which outdoes $file; take it out of docker.service"
  elif [ -s "$file" ]; then
    for key in storage-opts containerd-snapshotter; do
      if grep -q "\"$key\"" "$file"; then
        echo "$file has $key, which is for another driver; take it out"
        return
      fi
    done
    with_driver any "$file" >/dev/null || echo "$file is not a JSON object, or its storage-driver is not a text"
  fi
}

with_driver() { with_member storage-driver "\"$1\"" "$2"; }

# Prints daemon.json with a member in it, in place of one whose value is a text, and all else as it was. A server
# need have no program for JSON, so strings and nesting are followed here; a key of the outermost object is what
# counts. Arguments: NAME VALUE-AS-JSON FILE
with_member() {
  if ! grep -qs '[^[:space:]]' "$3"; then
    printf '{"%s": %s}\n' "$1" "$2"
    return
  fi
  # shellcheck disable=SC2016
  LC_ALL=C awk -v name="\"$1\"" -v value="$2" '
    { text = text $0 "\n" }
    END {
      for (at = 1; at <= length(text); at++) {
        part = substr(text, at, 1)
        if (part == "\"") {
          start = at++
          while (at <= length(text) && (character = substr(text, at, 1)) != "\"") at += (character == "\\") ? 2 : 1
          part = substr(text, start, at - start + 1)
          if (depth == 1 && key_next) { key = part; key_next = 0; members++; if (key == name) found++ }
          else if (depth == 1 && key == name) { part = value; replaced++ }
        }
        else if (part == "{" || part == "[") {
          if (++depth == 1) { if (part != "{" || object++) exit failed = 1; opening = length(result) + 1; key_next = 1 }
        }
        else if (part == "}" || part == "]") { if (--depth < 0) exit failed = 1 }
        else if (part == "," && depth == 1) { key_next = 1; key = "" }
        else if (depth == 0 && part !~ /[ \t\r\n]/) exit failed = 1
        result = result part
      }
      if (failed || depth != 0 || !object || found != replaced) exit 1
      if (!found) {
        rest = substr(result, opening + 1)
        lines = (rest ~ /^\r?\n/)
        result = substr(result, 1, opening) (lines ? "\n  " : "") name ": " value \
          (members ? "," : "") (lines || !members ? "" : " ") rest
      }
      printf "%s", result
    }' "$3"
}

systemd_write() { write_member storage-driver "\"$1\"" "$2"; }

# Writes the file whole or not at all. Arguments: NAME VALUE-AS-JSON FILE
write_member() {
  local new=$3.new
  mkdir -p "${3%/*}" && rm -f "$new" && with_member "$@" >"$new" || return 1
  if [ -e "$3" ]; then chmod --reference="$3" "$new" || return 1; fi
  mv -f "$new" "$3"
}

systemd_restart() {
  systemctl reset-failed docker.service || true
  systemctl restart docker.service
}

systemd_last_words() {
  journalctl --unit docker --no-pager --lines 40 --output cat 2>/dev/null |
    grep -E 'failed to start daemon|unable to configure|level=fatal' | tail -n 1 || true
}
