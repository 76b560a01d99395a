#!/usr/bin/env bash
# Signed addresses of S3 (AWS, Signature Version 4, query parameters), made by the shell itself: a process list would
# show another program's key, and most releases of curl do not sign as S3 wants it.

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

# HMAC-SHA256 (RFC 2104) of a text; the key in hexadecimal digits.
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

# A line of curl's configuration with a URL that takes one method for a minute. PARAMETER, such as lifecycle, names a
# part of a bucket.
# Usage: signed METHOD ENDPOINT REGION PATH ACCESS_KEY SECRET_KEY [PARAMETER]
signed() {
  local method=$1 endpoint=$2 region=$3 path=$4 access_key=$5 secret_key=$6 parameter=${7:-}
  local moment day query request signature text
  moment=$(date -u +%Y%m%dT%H%M%SZ)
  day=${moment%T*}
  query="X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=$(encoded "$access_key")%2F$day%2F$region%2Fs3%2Faws4_request"
  query+="&X-Amz-Date=$moment&X-Amz-Expires=60&X-Amz-SignedHeaders=host${parameter:+&$parameter=}"
  request=$(printf '%s\n%s\n%s\nhost:%s\n\nhost\nUNSIGNED-PAYLOAD' "$method" "$path" "$query" "${endpoint#*://}" | digest)
  signature=$(printf 'AWS4%s' "$secret_key" | hexadecimal)
  for text in "$day" "$region" s3 aws4_request \
    "AWS4-HMAC-SHA256"$'\n'"$moment"$'\n'"$day/$region/s3/aws4_request"$'\n'"$request"; do
    signature=$(authenticate "$signature" "$text")
  done
  printf 'url = "%s%s?%s&X-Amz-Signature=%s"\n' "$endpoint" "$path" "$query" "$signature"
}
