#!/usr/bin/env bash
# Asks a front door once as a client does: by TLS, with the first user, who must be let in, and without credentials,
# which must be refused. Where it does not answer so, names why, what was changed since it last did, and what helps.
# The password follows on standard input in one line, and behind it the authority that vouches for the door in PEM;
# without one, the system's own authorities count.
# ADDRESS is where HOST is reached from here; empty asks as clients do, who find it themselves.
# PART=DIGEST is a part of the way to the registry; another digest means that it was changed.
# Usage: door-answers.sh NAME HOST PORT ADDRESS PATH USER [PART=DIGEST...]
set -euo pipefail

# shellcheck source=/dev/null
source lib/fail.sh
# shellcheck source=/dev/null
source lib/apt.sh

readonly records=${DOOR_ANSWERS:-/run/registry-door-answers}
# Choice: a container that was just replaced, and a proxy that was just reloaded, are there within seconds.
readonly patience=${DOOR_ANSWERS_PATIENCE:-30} connect_seconds=10 answer_seconds=30
readonly again='then run pulumi up again'

# Prints the parts that are others than when the door last answered. Arguments: PART=DIGEST...
changes() {
  local part names=''
  [ -e "$record" ] || { echo 'it was not asked before since this server was started'; return; }
  for part in "$@"; do
    grep -qxF -- "$part" "$record" || names+="${names:+, }${part%%=*}"
  done
  printf 'changed since it last answered: %s\n' "${names:-nothing that pulumi up knows of}"
}

# Leaves the status of an answer in `code`, and curl's in `ended`. Waits for what is just being started.
# Arguments: FILE with curl's options for credentials
ask() {
  local deadline=$((SECONDS + patience))
  while true; do
    ended=0
    code=$(curl --silent --show-error --output "$work/answer" --write-out '%{http_code}' --noproxy '*' \
      --connect-timeout "$connect_seconds" --max-time "$answer_seconds" --config "$1" "${options[@]}" \
      "https://$host:$port$path" 2>"$work/error") || ended=$?
    case $ended/$code in
      7/* | 52/* | 56/* | 0/502 | 0/503 | 0/504) [ "$SECONDS" -lt "$deadline" ] || return 0 ;;
      *) return 0 ;;
    esac
    sleep 1
  done
}

# Prints why there is no answer, and what helps; by curl's exit status.
silence() {
  local words
  words=$(head -n 1 "$work/error")
  case $ended in
    6) printf 'its name means nothing here: %s; make its record in DNS, or set registryNameInHosts' "$words" ;;
    7) printf 'nothing listens there: %s; see systemctl status registry-door on its server' "$words" ;;
    28) printf '%s: %s %s' "$words" "registryFrom must name this server where it has networks, and servers need one" \
      "privateVlan where the address is private (docs/reference/access.md, Firewall)" ;;
    35 | 51 | 58 | 60 | 77 | 83) printf 'its certificate is refused: %s; %s' "$words" \
      "registryCertificate must be for $host, and registryCertificateAuthority vouch for it (docs/runbooks/certificate.md)" ;;
    *) printf '%s; see systemctl status registry-door on its server' "${words:-curl ended with $ended}" ;;
  esac
}

# Prints what an answer that should not be means, and what helps.
refusal() {
  case $code in
    401) printf 'it refuses the user %s: registryPassword and registryUsers must be what its server has' "$user" ;;
    429) printf 'it has had too much from this server: wait a minute, or raise doorFailedLogins and doorAddressRequestRate' ;;
    5??) printf 'the registry behind it does not serve: see bin/operate status ENV, and docker ps on its server' ;;
    *) printf 'it answers %s: another program listens there, or its configuration is not the one of pulumi up' "$code" ;;
  esac
}

# Fails unless the door answers with a status. Arguments: FILE STATUS PART=DIGEST...
require() {
  local file=$1 expected=$2 reason
  shift 2
  ask "$file"
  [ "$ended/$code" != "0/$expected" ] || return 0
  if [ "$ended" -ne 0 ]; then reason=$(silence)
  elif [ "$expected/$code" = 401/200 ]; then
    reason='it lets in who has no credentials: another program listens there, or its users were taken away'
  else reason=$(refusal); fi
  fail "https://$host:$port does not answer as a client needs it, seen from here: $reason. $(changes "$@")." \
    "Mend that, $again"
}

quoted() {
  local text=${1//\\/\\\\}
  printf '%s' "${text//\"/\\\"}"
}

main() {
  local name=$1 address=$4 password
  host=$2 port=$3 path=$5 user=$6
  shift 6
  umask 077
  record=$records/$name ended=0 code=''
  options=()
  IFS= read -r password
  work=$(mktemp -d)
  # shellcheck disable=SC2064 # the folder is fixed now on purpose
  trap "rm -rf '$work'" EXIT
  cat >"$work/authority"
  if [ -s "$work/authority" ]; then options+=(--cacert "$work/authority"); fi
  if [ -n "$address" ]; then options+=(--resolve "$host:$port:$address"); fi
  printf 'user = "%s:%s"\n' "$(quoted "$user")" "$(quoted "$password")" >"$work/user"
  : >"$work/nobody"
  command -v curl >/dev/null || apt_install curl || fail "curl could not be installed; install it by hand, $again"
  require "$work/user" 200 "$@"
  require "$work/nobody" 401 "$@"
  mkdir -p "$records"
  printf '%s\n' "$@" >"$work/record"
  mv -f "$work/record" "$record"
  echo answers
}

# One line: the shell has read it whole when main reads what follows.
main "$@"; exit
