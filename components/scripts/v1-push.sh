#!/usr/bin/env bash
# Pushes an image of this server's Docker to a v1 registry with the calls that Docker 1.5 makes, and prints
# "IMAGE-ID LAYER-DIGEST...", digests of the unpacked layers from the lowest up.
# The image "-" is one of random bytes that nobody has seen before.
# ENDPOINT is http://HOST:PORT or https://HOST:PORT. With a USER, the password follows on standard input.
# Usage: v1-push.sh ENDPOINT REPOSITORY TAG IMAGE [USER [CA-FILE]]
set -euo pipefail

# shellcheck source=/dev/null
source lib/fail.sh
# shellcheck source=/dev/null
source lib/docker-says.sh
# shellcheck source=/dev/null
source lib/docker-disk.sh
# shellcheck source=/dev/null
source lib/v1-call-options.sh

# Usage: call METHOD PATH EXPECTED-CODES [CURL-OPTION...]; leaves code, head and answer in the folder.
call() {
  local method=$1 path=$2 expected_codes=$3 code
  shift 3
  code=$(curl --config "$work/curl" --request "$method" --dump-header "$work/head" --output "$work/answer" \
    --write-out '%{http_code}' "$@" "$endpoint$path" 2>"$work/error") ||
    fail "$method $endpoint$path: $(head -n 1 "$work/error")"
  printf '%s' "$code" >"$work/code"
  if [[ " $expected_codes " != *" $code "* ]]; then
    fail "$method $endpoint$path answered $code: $(head -c 300 "$work/answer")"
  fi
}

make_probe() {
  mkdir "$work/root"
  head -c 262144 /dev/urandom >"$work/root/probe"
  tar -C "$work/root" -c probe | docker import - "$1" >/dev/null
}

# Unpacks the image into $work/saved; lists its layers, lowest first, as plain tars in $work/layers.
save_image() {
  local file manifest
  mkdir "$work/saved"
  docker save "$1" | tar -C "$work/saved" -x
  # Both layouts, the old one and that of OCI, have this file; "Layers" names the tars from the lowest up.
  manifest=$(cat "$work/saved/manifest.json")
  [[ $manifest =~ \"Layers\":\[([^]]+)\] ]] || fail "docker save of $1 lists no layers: ${manifest:0:300}"
  tr -d '"' <<<"${BASH_REMATCH[1]}" | tr ',' '\n' >"$work/paths"
  [[ $manifest =~ \"Config\":\"([^\"]+)\" ]] && config=$work/saved/${BASH_REMATCH[1]}
  [ -f "${config:-}" ] || fail "docker save of $1 names no configuration: ${manifest:0:300}"
  while IFS= read -r file; do
    file=$(readlink -f "$work/saved/$file")
    if [ "$(head -c 2 "$file" | od -An -tx1 | tr -d ' ')" = 1f8b ]; then
      gunzip -c "$file" >"$file.tar"
      file=$file.tar
    fi
    printf '%s\n' "$file"
  done <"$work/paths" >"$work/layers"
}

# The JSON of an image of v1 is the layer's: the top one carries the image's own configuration behind its id.
layer_json() {
  local id=$1 parent=$2 top=$3
  printf '{"id":"%s",' "$id"
  if [ -n "$parent" ]; then printf '"parent":"%s",' "$parent"; fi
  if [ "$top" = yes ]; then tail -c +2 "$config"; else printf '"created":"1970-01-01T00:00:00Z"}'; fi
}

# Lists "ID DIGEST FILE" of each layer, lowest first, and keeps the JSON of each in $work/json.
describe_layers() {
  local number=0 count parent='' layer digest id top
  count=$(wc -l <"$work/layers")
  mkdir "$work/json"
  while IFS= read -r layer; do
    number=$((number + 1))
    top=no
    [ "$number" -lt "$count" ] || top=yes
    digest=$(sha256sum "$layer" | cut -d ' ' -f 1)
    # The top one's id depends on the configuration as well: the same layers may be two images.
    id=$({ printf '%s %s ' "$parent" "$digest"; [ "$top" = no ] || cat "$config"; } | sha256sum | cut -d ' ' -f 1)
    layer_json "$id" "$parent" "$top" >"$work/json/$id"
    printf '%s %s %s\n' "$id" "$digest" "$layer"
    parent=$id
  done <"$work/layers"
}

push_layer() {
  local id=$1 layer=$2 json=$work/json/$1 checksum
  # 400 is one that was not pushed to its end.
  call GET "/v1/images/$id/json" "200 400 404" "${token[@]}"
  if [ "$(cat "$work/code")" = 200 ]; then return; fi
  call PUT "/v1/images/$id/json" 200 "${token[@]}" --header 'Content-Type: application/json' --data-binary "@$json"
  call PUT "/v1/images/$id/layer" 200 "${token[@]}" --header 'Content-Type: application/octet-stream' \
    --header 'Transfer-Encoding: chunked' --upload-file "$layer"
  checksum=$( (cat "$json"; printf '\n'; cat "$layer") | sha256sum | cut -d ' ' -f 1)
  call PUT "/v1/images/$id/checksum" 200 "${token[@]}" --header "X-Docker-Checksum-Payload: sha256:$checksum"
}

# The order of Docker 1.5: the repository with its images, each image from the lowest up, tag, images again.
push_image() {
  local repository=$1 tag=$2 images id digest layer top session_token
  images=$(sed 's/^\([0-9a-f]*\) .*/{"id":"\1"}/' "$work/layer_list" | paste -sd ,)
  top=$(tail -n 1 "$work/layer_list" | cut -d ' ' -f 1)
  call GET /v1/_ping 200
  call PUT "/v1/repositories/$repository/" "200 201" --header 'Content-Type: application/json' \
    --header 'X-Docker-Token: true' --data-binary "[$images]"
  session_token=$(sed -n 's/^X-Docker-Token: *\(.*[^\r]\)\r*$/\1/Ip' "$work/head")
  [ -n "$session_token" ] || fail "$endpoint gave no token for $repository; is it a v1 registry?"
  # A password goes before a token, as in Docker 1.5.
  token=()
  if ! grep -q '^user = ' "$work/curl"; then token=(--header "Authorization: $session_token"); fi
  while read -r id digest layer; do push_layer "$id" "$layer"; done <"$work/layer_list"
  call PUT "/v1/repositories/$repository/tags/$tag" 200 "${token[@]}" \
    --header 'Content-Type: application/json' --data-binary "\"$top\""
  call PUT "/v1/repositories/$repository/images" 204 "${token[@]}" \
    --header 'Content-Type: application/json' --header "X-Docker-Endpoints: ${endpoint#*://}" \
    --data-binary "[$images]"
}

main() {
  endpoint=$1
  local repository=$2 tag=$3 image=$4
  umask 077
  require_docker_disk 8 # choice: the probe has a quarter of one
  work=$(mktemp -d -p /var/tmp)
  trap 'rm -rf "$work"' EXIT
  write_call_options "${5:-}" "${6:-}" >"$work/curl"
  if [ "$image" = - ]; then
    image=v1-probe:${work##*.}
    # shellcheck disable=SC2064 # the name is fixed now on purpose
    trap "rm -rf '$work'; docker image rm --force '$image' >/dev/null 2>&1 || true" EXIT
    make_probe "$image"
  fi
  save_image "$image"
  describe_layers >"$work/layer_list"
  push_image "$repository" "$tag"
  printf 'sha256:%s' "$(sha256sum "$config" | cut -d ' ' -f 1)"
  cut -d ' ' -f 2 "$work/layer_list" | sed 's/^/ sha256:/' | tr -d '\n'
  printf '\n'
}

# One line: the shell has read it whole when main reads what follows.
main "$@"; exit
