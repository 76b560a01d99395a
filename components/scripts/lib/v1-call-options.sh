#!/usr/bin/env bash
# How curl calls a v1 registry as Docker 1.5 does. Sourced; the script has `fail`.

# Prints curl's options of every call; a file, since a process list would show the password. It follows on standard
# input where there is a user.
write_call_options() {
  local user=$1 authority=$2 password
  printf '%s\n' silent show-error 'connect-timeout = 10' 'max-time = 600' 'header = "Expect:"' \
    'user-agent = "docker/1.5.0 go/go1.4.1 git-commit/a8a31ef kernel/3.13.0-24-generic os/linux arch/amd64"'
  if [ -n "$authority" ]; then printf 'cacert = "%s"\n' "$authority"; fi
  if [ -n "$user" ]; then
    IFS= read -r password || [ -n "$password" ] || fail "no password on standard input for $user"
    password=${password//\\/\\\\}
    printf 'user = "%s:%s"\n' "$user" "${password//\"/\\\"}"
  fi
}
