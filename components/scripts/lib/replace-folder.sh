#!/usr/bin/env bash
# Puts a folder in the place of another one. What was there is moved aside at once and deleted last, since a deletion
# takes time; where the new one cannot be moved there, the old one is moved back. Usage: replace NEW FOLDER

replace() {
  local new=$1 place=$2
  rm -rf "$place.old"
  [ ! -e "$place" ] || mv -T "$place" "$place.old"
  if ! mv -T "$new" "$place"; then
    [ ! -e "$place.old" ] || mv -T "$place.old" "$place"
    return 1
  fi
  rm -rf "$place.old"
}
