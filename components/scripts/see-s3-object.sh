#!/usr/bin/env bash
# Looks for one object in an S3 bucket, and prints its key.
# The access key and the secret key follow on standard input, a line each.
# Usage: see-s3-object.sh ENDPOINT REGION BUCKET KEY
set -euo pipefail

fail() { printf '%s: %s\n' "$(hostname)" "$*" >&2; exit 1; }

hexadecimal() { od -An -v -tx1 | tr -d ' \n'; }
bytes() { printf '%s' "$1" | sed 's/../\\x&/g'; }
digest() { sha256sum | cut -d ' ' -f 1; }

# Percent-encoded as a signature wants it: what need not be stays.
encoded() {
  local at text=''
  for ((at = 0; at < ${#1}; at++)); do
    case ${1:at:1} in
      [A-Za-z0-9._~-]) text+=${1:at:1} ;;
      *) text+=$(printf '%%%02X' "'${1:at:1}") ;;
    esac
  done
  printf '%s' "$text"
}

# HMAC-SHA256 (RFC 2104) of a text, by the shell itself: a process list would show another program's key, and
# most releases of curl do not sign as S3 wants it. The key in hexadecimal digits.
# Usage: authenticate KEY TEXT
authenticate() {
  local key=$1 at byte inner='' outer=''
  [ "${#key}" -le 128 ] || key=$(printf '%b' "$(bytes "$key")" | digest)
  for ((at = 0; at < 128; at += 2)); do
    printf -v byte '\\x%02x' $((0x0${key:at:2} ^ 0x36)) && inner+=$byte
    printf -v byte '\\x%02x' $((0x0${key:at:2} ^ 0x5c)) && outer+=$byte
  done
  { printf '%b' "$outer"; printf '%b' "$(bytes "$({ printf '%b' "$inner"; printf '%s' "$2"; } | digest)")"; } | digest
}

# A URL that may be asked with HEAD for a minute (AWS, Signature Version 4, query parameters).
signed() {
  local endpoint=$1 region=$2 path=$3 access_key=$4 secret_key=$5 moment day query request signature text
  moment=$(date -u +%Y%m%dT%H%M%SZ)
  day=${moment%T*}
  query="X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=$(encoded "$access_key")%2F$day%2F$region%2Fs3%2Faws4_request"
  query+="&X-Amz-Date=$moment&X-Amz-Expires=60&X-Amz-SignedHeaders=host"
  request=$(printf 'HEAD\n%s\n%s\nhost:%s\n\nhost\nUNSIGNED-PAYLOAD' "$path" "$query" "${endpoint#*://}" | digest)
  signature=$(printf 'AWS4%s' "$secret_key" | hexadecimal)
  for text in "$day" "$region" s3 aws4_request \
    "AWS4-HMAC-SHA256"$'\n'"$moment"$'\n'"$day/$region/s3/aws4_request"$'\n'"$request"; do
    signature=$(authenticate "$signature" "$text")
  done
  printf 'url = "%s%s?%s&X-Amz-Signature=%s"\n' "$endpoint" "$path" "$query" "$signature"
}

main() {
  local endpoint=${1%/} region=$2 bucket=$3 key=$4 access_key secret_key status
  IFS= read -r access_key
  IFS= read -r secret_key
  status=$(curl --silent --head --max-time 60 --output /dev/null --write-out '%{http_code}' \
    --config <(signed "$endpoint" "$region" "/$bucket/$key" "$access_key" "$secret_key")) ||
    fail "$endpoint does not answer; check s3Endpoint"
  case $status in
    200) printf '%s\n' "$key" ;;
    404) ;;
    *) fail "$endpoint answers $status for $bucket; check s3Bucket, s3Region and the keys" ;;
  esac
}

# One line: the shell has read it whole when main reads what follows.
main "$@"; exit
