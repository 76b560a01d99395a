#!/usr/bin/env bash
# Keeps Docker's images over a change of the storage driver, which would hide them.

# Prints a name of every image, or its id where it has no tag.
image_names() {
  if older "$1" 1.10; then
    docker images --no-trunc | awk 'NR > 1 { print $1, $2, $3 }'
  else
    docker images --no-trunc --format '{{.Repository}} {{.Tag}} {{.ID}}'
  fi | awk '{ print ($1 == "<none>" || $2 == "<none>") ? $3 : $1 ":" $2 }' | sort -u
}

# Prints the part of `docker inspect` that is the same before and after. The ids of containerd's image store
# (Engine 29) are of manifests, those of storage drivers are of configurations: from one to the other, the
# layers are compared.
image_identity() {
  if [ -n "$(docker_info 'driver-type')" ]; then echo '{{.RootFS.Layers}}'; else echo '{{.Id}}'; fi
}

# Prints KB that the images take, layers that they share counted for each.
images_size() {
  local field='{{.Size}}'
  if older "$1" 1.10; then field='{{.VirtualSize}}'; fi # where Size is that of the last layer
  shift
  docker inspect --format "$field" "$@" | awk '{ sum += $1 } END { printf "%.0f\n", sum / 1024 }'
}

# Saves all images into ARCHIVE, and writes "NAME IDENTITY" lines to LIST. Prints why where it cannot.
# Arguments: ENGINE-VERSION ARCHIVE LIST IDENTITY
save_images() {
  local engine=$1 archive=$2 list=$3 identity=$4 names required_kb free name image_id
  names=$(image_names "$engine") || return 1
  # Where ids change, one without a tag could not be found again; nobody can name it either.
  [ "$identity" = '{{.Id}}' ] || names=$(printf '%s\n' "$names" | grep -v '^sha256:' || true)
  : >"$list"
  [ -n "$names" ] || return 0
  # shellcheck disable=SC2086 # a name has no blanks
  required_kb=$(images_size "$engine" $names) || return 1
  free=$(df -P -k "${archive%/*}" | awk 'END { print $4 }')
  # Once in the archive, once in the new driver.
  if [ "$free" -lt "$((2 * required_kb))" ]; then
    echo "keeping the images takes up to $((2 * required_kb / 1024)) MB in ${archive%/*} and $((free / 1024)) are free"
    return 1
  fi
  for name in $names; do
    image_id=$(docker inspect --format "$identity" "$name") || return 1
    printf '%s %s\n' "$name" "$image_id" >>"$list"
  done
  # shellcheck disable=SC2086
  docker save --output="$archive" $names >&2
}

# Loads what save_images saved, and compares. Prints what is not the same again.
# Arguments: ARCHIVE LIST IDENTITY
load_images() {
  local archive=$1 list=$2 identity=$3 name expected image_id
  [ -s "$list" ] || return 0
  if ! docker load --input="$archive" >&2; then
    echo "the saved images could not be loaded"
    return 1
  fi
  while read -r name expected; do
    image_id=$(docker inspect --format "$identity" "$name" 2>/dev/null </dev/null || true)
    if [ "$image_id" != "$expected" ]; then
      echo "the image $name came back as ${image_id:-nothing} instead of $expected"
      return 1
    fi
  done <"$list"
}
