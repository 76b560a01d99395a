#!/usr/bin/env bash
# Pulls an image from a v1 registry with the calls that Docker 1.5 makes, compares every layer with what was
# pushed, gives it to this server's Docker, and prints "IMAGE-ID LAYER-DIGEST..." as v1-push.sh does.
# EXPECTED is what v1-push.sh printed, or empty. The image "-" is removed again after it was loaded.
# ENDPOINT is http://HOST:PORT or https://HOST:PORT. With a USER, the password follows on standard input.
# Usage: v1-pull.sh ENDPOINT REPOSITORY TAG IMAGE EXPECTED [USER [CA-FILE]]
set -euo pipefail

# shellcheck source=/dev/null
source lib/fail.sh
# shellcheck source=/dev/null
source lib/docker-says.sh
# shellcheck source=/dev/null
source lib/docker-disk.sh
# shellcheck source=/dev/null
source lib/v1-call-options.sh

# Usage: get PATH FILE [CURL-OPTION...]; leaves the answer in the file, its head in the folder.
get() {
  local path=$1 file=$2 code
  shift 2
  code=$(curl --config "$work/curl" --dump-header "$work/head" --output "$file" --write-out '%{http_code}' "$@" \
    "$endpoint$path" 2>"$work/error") || fail "GET $endpoint$path: $(head -n 1 "$work/error")"
  [ "$code" = 200 ] || fail "GET $endpoint$path answered $code: $(head -c 300 "$file")"
}

# Lists the ids of the tag's layers, lowest first.
find_layers() {
  local repository=$1 tag=$2 top session_token
  get "/v1/repositories/$repository/images" "$work/answer" --header 'X-Docker-Token: true'
  session_token=$(sed -n 's/^X-Docker-Token: *\(.*[^\r]\)\r*$/\1/Ip' "$work/head")
  [ -n "$session_token" ] || fail "$endpoint gave no token for $repository; is it a v1 registry?"
  # A password goes before a token, as in Docker 1.5.
  if ! grep -q '^user = ' "$work/curl"; then token=(--header "Authorization: $session_token"); fi
  get "/v1/repositories/$repository/tags" "$work/answer" "${token[@]}"
  top=$(tr ',' '\n' <"$work/answer" | grep -F "\"$tag\":" | grep -oE '"[0-9a-f]{64}"' | tr -d '"') ||
    fail "$endpoint has no tag $tag of $repository: $(head -c 300 "$work/answer")"
  get "/v1/images/$top/ancestry" "$work/answer" "${token[@]}"
  grep -oE '[0-9a-f]{64}' "$work/answer" | tac >"$work/ids"
}

pull_layer() {
  local id=$1 layer=$work/image/$1/layer.tar
  mkdir "$work/image/$id"
  get "/v1/images/$id/json" "$work/json" "${token[@]}"
  get "/v1/images/$id/layer" "$layer" "${token[@]}"
  if [ "$(head -c 2 "$layer" | od -An -tx1 | tr -d ' ')" = 1f8b ]; then
    mv "$layer" "$layer.gz"
    gunzip "$layer.gz"
  fi
  printf 'sha256:%s\n' "$(sha256sum "$layer" | cut -d ' ' -f 1)" >>"$work/digests"
}

# The image's configuration is the top layer's JSON without its id. What another client pushed does not list
# the layers' digests: then they are put in front.
write_configuration() {
  sed -E '1s/^\{"id":"[0-9a-f]{64}",("parent":"[0-9a-f]{64}",)?/{/' "$work/json" >"$work/configuration"
  if ! grep -q '"diff_ids"' "$work/configuration"; then
    {
      printf '{"rootfs":{"type":"layers","diff_ids":[%s]},' "$(sed 's/.*/"&"/' "$work/digests" | paste -sd ,)"
      tail -c +2 "$work/configuration"
    } >"$work/with-layers"
    mv "$work/with-layers" "$work/configuration"
  fi
}

load_image() {
  local image=$1 config
  config=$(sha256sum "$work/configuration" | cut -d ' ' -f 1)
  cp "$work/configuration" "$work/image/$config.json"
  printf '[{"Config":"%s.json","RepoTags":["%s"],"Layers":[%s]}]' "$config" "$image" \
    "$(sed 's|.*|"&/layer.tar"|' "$work/ids" | paste -sd ,)" >"$work/image/manifest.json"
  tar -C "$work/image" -c . | docker load >/dev/null 2>"$work/error" ||
    fail "Docker does not take what $endpoint gave: $(tail -n 1 "$work/error")"
  [ "$(docker image inspect --format '{{range .RootFS.Layers}}{{println .}}{{end}}' "$image" | sed '/^$/d')" = \
    "$(cat "$work/digests")" ] || fail "Docker has other layers of $image than $endpoint gave"
}

main() {
  endpoint=$1
  local repository=$2 tag=$3 image=$4 expected=$5 pulled
  umask 077
  require_docker_disk 8 # choice: the probe has a quarter of one
  token=()
  work=$(mktemp -d -p /var/tmp)
  trap 'rm -rf "$work"' EXIT
  write_call_options "${6:-}" "${7:-}" >"$work/curl"
  if [ "$image" = - ]; then
    image=v1-probe:${work##*.}
    # shellcheck disable=SC2064 # the name is fixed now on purpose
    trap "rm -rf '$work'; docker image rm '$image' >/dev/null 2>&1 || true" EXIT
  fi
  find_layers "$repository" "$tag"
  mkdir "$work/image"
  while IFS= read -r id; do pull_layer "$id"; done <"$work/ids"
  write_configuration
  pulled="sha256:$(sha256sum "$work/configuration" | cut -d ' ' -f 1) $(paste -sd ' ' "$work/digests")"
  if [ -n "$expected" ] && [ "$pulled" != "$expected" ]; then
    fail "$repository:$tag came back from $endpoint as $pulled instead of $expected"
  fi
  load_image "$image"
  printf '%s\n' "$pulled"
}

# One line: the shell has read it whole when main reads what follows.
main "$@"; exit
