#!/usr/bin/env bash
# Looks for one object in an S3 bucket, and prints its key.
# The keys follow on standard input, as ACCESS:SECRET.
# Usage: see-s3-object.sh ENDPOINT REGION BUCKET KEY
set -euo pipefail

fail() { printf '%s: %s\n' "$(hostname)" "$*" >&2; exit 1; }

main() {
  local endpoint=$1 region=$2 bucket=$3 key=$4 credentials status
  IFS= read -r credentials
  # By a file that only curl sees: a process list shows arguments.
  status=$(curl --silent --head --max-time 60 --output /dev/null --write-out '%{http_code}' \
    --aws-sigv4 "aws:amz:$region:s3" --config <(printf 'user = "%s"\n' "$credentials") \
    "${endpoint%/}/$bucket/$key") || fail "$endpoint does not answer; check s3Endpoint"
  case $status in
    200) printf '%s\n' "$key" ;;
    404) ;;
    *) fail "$endpoint answers $status for $bucket; check s3Bucket, s3Region and the keys" ;;
  esac
}

# One line: the shell has read it whole when main reads what follows.
main "$@"; exit
