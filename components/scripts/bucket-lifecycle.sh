#!/usr/bin/env bash
# Makes sure that an S3 bucket aborts the multipart uploads of a registry that nobody has completed for some days: a
# client that was killed leaves one, no listing shows it, and the registry itself aborts none. Other rules of the bucket
# stay. A storage without such rules, or a key that may not set them, is warned about and no failure.
# Prints "set", "kept" or "refused". The access key and the secret key follow on standard input, a line each.
# Usage: bucket-lifecycle.sh ENDPOINT REGION BUCKET DAYS
set -euo pipefail

# shellcheck source=/dev/null
source lib/s3-signature.sh

readonly rule_id=softlayer-registry-uploads prefix=docker/registry/v2/

# Usage: refuse REASON
refuse() {
  printf '%s: the bucket %s got no rule that aborts uploads which clients left: %s; their parts stay and are paid for. \
Set a lifecycle rule AbortIncompleteMultipartUpload of %s days by hand; see docs/design/storage.md\n' \
    "$(hostname)" "$bucket" "$1" "$days" >&2
  echo refused
  exit 0
}

# Makes one call on the bucket's lifecycle: the answer's body, and its status on a last line.
# Usage: lifecycle METHOD [CURL_OPTION...]
lifecycle() {
  local method=$1
  shift
  curl --silent --max-time 60 --request "$method" --write-out '\n%{http_code}' "$@" \
    --config <(signed "$method" "$endpoint" "$region" "/$bucket" "$access_key" "$secret_key" lifecycle)
}

rule() {
  printf '<Rule><ID>%s</ID><Filter><Prefix>%s</Prefix></Filter><Status>Enabled</Status>' "$rule_id" "$prefix"
  printf '<AbortIncompleteMultipartUpload><DaysAfterInitiation>%s</DaysAfterInitiation>' "$days"
  printf '</AbortIncompleteMultipartUpload></Rule>'
}

# The configuration that the bucket has, with the rule at its end.
# Usage: with_rule CONFIGURATION
with_rule() {
  case $1 in
    *'</LifecycleConfiguration>'*) printf '%s%s</LifecycleConfiguration>' "${1%</LifecycleConfiguration>*}" "$(rule)" ;;
    *) printf '<LifecycleConfiguration>%s</LifecycleConfiguration>' "$(rule)" ;;
  esac
}

main() {
  local answer configuration='' checksum
  endpoint=${1%/} region=$2 bucket=$3 days=$4
  IFS= read -r access_key
  IFS= read -r secret_key
  answer=$(lifecycle GET) || refuse "$endpoint does not answer"
  case ${answer##*$'\n'} in
    200) configuration=${answer%$'\n'*} ;;
    404) ;;
    *) refuse "the storage answers ${answer##*$'\n'} to a question for its rules" ;;
  esac
  case $configuration in
    *"<ID>$rule_id</ID>"*) echo kept; return ;;
    '' | *'<LifecycleConfiguration'*) ;;
    *) refuse 'the storage knows no such rules' ;;
  esac
  configuration=$(with_rule "$configuration")
  checksum=$(printf '%b' "$(bytes "$(printf '%s' "$configuration" | md5sum | cut -d ' ' -f 1)")" | base64)
  answer=$(lifecycle PUT --header 'Content-Type:' --header "Content-MD5: $checksum" --data-binary "$configuration") ||
    refuse "$endpoint does not answer"
  case ${answer##*$'\n'} in
    200 | 204) echo set ;;
    *) refuse "the storage answers ${answer##*$'\n'} to the rule" ;;
  esac
}

# One line: the shell has read it whole when main reads what follows.
main "$@"; exit
