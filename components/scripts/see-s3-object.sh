#!/usr/bin/env bash
# Prints the key of an object in an S3 bucket if it exists, and nothing otherwise.
# The access key and the secret key follow on standard input, a line each.
# Usage: see-s3-object.sh ENDPOINT REGION BUCKET KEY
set -euo pipefail

# shellcheck source=/dev/null
source lib/fail.sh
# shellcheck source=/dev/null
source lib/s3-signature.sh

main() {
  local endpoint=${1%/} region=$2 bucket=$3 key=$4 access_key secret_key status
  IFS= read -r access_key
  IFS= read -r secret_key
  status=$(curl --silent --head --max-time 60 --output /dev/null --write-out '%{http_code}' \
    --config <(signed HEAD "$endpoint" "$region" "/$bucket/$key" "$access_key" "$secret_key")) ||
    fail "$endpoint does not answer; check s3Endpoint"
  case $status in
    200) printf '%s\n' "$key" ;;
    404) ;;
    *) fail "$endpoint answers $status for $bucket; check s3Bucket, s3Region and the keys" ;;
  esac
}

# One line: the shell has read it whole when main reads what follows.
main "$@"; exit
