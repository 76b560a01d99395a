#!/usr/bin/env bash
# Declares the colours to the front doors of this server, and prints the live colour. The door itself keeps the live
# colour, and nothing here changes it; a server without a front door starts with BEGIN. A change that would remove the
# live colour, give it another release, or replace its container is refused before anything is changed.
# GENERATIONS, with a door each, are separated by commas; COLOUR, for each that is to exist, is
# NAME=RELEASE:FINGERPRINT:SERVER@INSTALLATION. The fingerprint, GENERATION.DIGITS joined by +, is that of all that
# the colour's containers are made from; a generation may come and go. On another installation of the same server
# they are created again, whatever the fingerprint; :replace at the end permits a replacement although they are live,
# :adopt permits it where nothing but their secrets differs, since the state that had those is lost.
# Standard input has the recipes for the message and for :adopt, one NAME LINE a line.
# With published in front it is about a registry that Docker publishes itself: it has no front door and no other colour,
# so that only :replace and :adopt let its container be replaced. Its colour and recipe are kept in a folder of their own.
# permit has the next sync of the same COLOUR, within an hour, replace it as if :replace stood there: what that sync is
# called with is in Pulumi's state, where a permission for one run would be a change of the next.
# Usage: door-colours.sh [published] sync|check|permit ENVIRONMENT GENERATIONS BEGIN COLOUR... | [published] remove
set -euo pipefail

# shellcheck source=/dev/null
source lib/fail.sh
# shellcheck source=/dev/null
source lib/write-file.sh

readonly shown_changes=8 permit_minutes=60
folder=${REGISTRY_DOOR:-/etc/registry-door}
published=''

# Prints the field of a key in a file of "KEY FIELD..." lines; nothing where it does not exist.
# Arguments: FILE KEY [FIELD], counted from 2.
value() { [ ! -e "$1" ] || awk -v key="$2" -v field="${3:-2}" '$1 == key { print $field; exit }' "$1"; }

# Prints "NAME RELEASE FINGERPRINT SERVER@INSTALLATION" for each NAME=RELEASE:FINGERPRINT:SERVER@INSTALLATION.
as_lines() {
  local argument
  for argument in "$@"; do printf '%s\n' "${argument//[=:]/ }"; done
}

# Prints the recipe of a colour. Arguments: COLOUR FILE, of "COLOUR LINE" lines.
recipe_of() { sed -n "s/^$1 //p" "$2" | sort; }

# Prints what would change in a colour's recipe, the first changes only. Arguments: COLOUR RECIPES
changes() {
  local before=$folder/recipes
  [ -e "$before" ] || return 0
  { diff <(recipe_of "$1" "$before") <(recipe_of "$1" "$2") || true; } |
    sed -n 's/^< /before: /p; s/^> /now: /p' | head -n "$shown_changes" | paste -sd ';' | sed 's/;/; /g'
}

# The same for a registry that has no door. Arguments: COLOURS RECIPES, both files, and ENVIRONMENT
refuse_published_loss() {
  local colour old_release differs command
  read -r colour old_release _ <"$folder/colours" || return 0
  ! awk '{ print $5 }' "$1" | grep -qx replace || return 0
  if [ "$old_release" = "$(value "$1" "$colour")" ]; then
    is_remade "$colour" "$1" && ! is_adopted "$colour" "$1" "$2" || return 0
  fi
  differs=$(changes "$colour" "$2")
  command='pulumi up'
  ! is_adoption "$1" || command="bin/operate adopt $3"
  fail "the registry of release $old_release is published without a door, and its container would be replaced under its \
clients (${differs:-its release or its fingerprint differs}). Requests fail until another one has started; where that \
may be, run SOFTLAYER_REGISTRY_REPLACE_LIVE=$(awk '{ print $1; exit }' "$1") $command. See docs/design/swaps.md, What a \
release is. Nothing has been changed"
}

# Arguments: ENVIRONMENT COLOURS RECIPES, the last two files
refuse_loss() {
  local environment=$1 now=$2 colour old_release new_release live differs advice
  [ -s "$folder/live.map" ] || return 0
  if [ -n "$published" ]; then refuse_published_loss "$2" "$3" "$environment"; return; fi
  mapfile -t live < <(awk '{ print $2 }' "$folder/live.map" | sort -u)
  for colour in "${live[@]}"; do
    old_release=$(value "$folder/colours" "$colour")
    new_release=$(value "$now" "$colour")
    if [ "$old_release" != "$new_release" ] && is_adoption "$now"; then
      fail "colour $colour, release ${old_release:-unknown}, is live, and this stack file gives it ${new_release:-none}; \
take the stack file that was in use when the state was lost, with \`$colour: $old_release\`, and run \
\`bin/operate adopt $environment\` again. See docs/runbooks/lost-state.md. Nothing has been changed"
    elif [ -z "$new_release" ]; then
      fail "colour $colour, release ${old_release:-unknown}, is live and would be taken away; switch to the other \
colour first (operate swap or operate rollback), then run pulumi up again. Nothing has been changed"
    elif [ -n "$old_release" ] && [ "$old_release" != "$new_release" ]; then
      fail "colour $colour is live with release $old_release and would get release $new_release under its clients; give \
$new_release to the other colour and switch (operate swap). If operate status shows a swap that this stack file has \
missed, take the stack file of the checkout that made it instead. Nothing has been changed"
    fi
    if is_remade "$colour" "$now" && ! is_adopted "$colour" "$now" "$3"; then
      differs=$(changes "$colour" "$3")
      advice="Run \`operate swap $environment --to RELEASE\` with the name of a new release, which makes the change \
live without a failed request; a change of \`releases.$old_release\` itself goes along by --set KEY=VALUE alone. While \
a move or a retirement is under way, put back the settings that it was made from. See docs/design/swaps.md, What a \
release is"
      # No swap runs until an adoption has ended.
      ! is_adoption "$now" || advice="Take the settings and the checkout that it was made from, and resume the \
adoption; or let its requests fail until another one has started: \
SOFTLAYER_REGISTRY_REPLACE_LIVE=$colour bin/operate adopt $environment. See docs/runbooks/lost-state.md"
      fail "colour $colour, release $old_release, is live, and its container would be replaced under its clients \
(${differs:-its fingerprint differs}). $advice. Nothing has been changed"
    fi
  done
}

# Whether an adoption declares the colours. Arguments: COLOURS
is_adoption() { awk '{ print $5 }' "$1" | grep -qx adopt; }

# Whether an adoption makes a colour's containers on the same server from all that they are made from now but
# other secrets. Arguments: COLOUR COLOURS RECIPES
is_adopted() {
  local before now generations
  [ "$(value "$2" "$1" 5)" = adopt ] && [ -e "$folder/recipes" ] || return 1
  generations=$(common_generations "$1" "$2")
  before=$(recipe_of "$1" "$folder/recipes" | without_secrets "$generations")
  now=$(recipe_of "$1" "$3" | without_secrets "$generations")
  [ -n "$now" ] && [ "$before" = "$now" ]
}

# Prints the generations that a colour has, and has had. Arguments: COLOUR COLOURS
common_generations() {
  comm -12 <(generations_of "$folder/colours" "$1") <(generations_of "$2" "$1") | paste -sd '|'
}

# Prints the generations of a colour, a line each. Arguments: FILE COLOUR
generations_of() { value "$1" "$2" 3 | tr '+' '\n' | sed 's/\..*//' | sort; }

# Prints the lines of a recipe on standard input that are of generations, or of the server, without digests of
# secrets. Arguments: GENERATION|GENERATION...
without_secrets() { { grep -E "^(server |($1)\.)" || true; } | { grep -Ev '^[a-z]+\.secrets\.' || true; }; }

# Whether a colour's containers would be made otherwise, or on another server. Arguments: COLOUR COLOURS
is_remade() {
  local old_fingerprints new_fingerprints part before now
  old_fingerprints=$(value "$folder/colours" "$1" 3)
  new_fingerprints=+$(value "$2" "$1" 3)+
  before=$(value "$folder/colours" "$1" 4)
  now=$(value "$2" "$1" 4)
  [ -n "$old_fingerprints" ] && [ "$(value "$2" "$1" 5)" != replace ] || return 1
  [ "${before%@*}" = "${now%@*}" ] || return 0
  [ "$before" = "$now" ] || return 1
  for part in ${old_fingerprints//+/ }; do
    [[ "$new_fingerprints" != *"+${part%.*}."* || "$new_fingerprints" == *"+$part+"* ]] || return 0
  done
  return 1
}

# Notes the colours that may be replaced, as they are to be; doors that are not set up need none. Arguments: COLOURS
permit() {
  [ -d "$folder" ] || return 0
  sed -n 's/ replace$//p' "$1" >"$folder/permitted"
}

# Prints the colours with what was permitted a while ago at most. Arguments: COLOURS
with_permissions() {
  local permitted
  permitted=$(find "$folder/permitted" -mmin "-$permit_minutes" 2>/dev/null) || true
  awk 'FILENAME != ARGV[ARGC - 1] { permitted[$0]; next } { print $0 ($0 in permitted ? " replace" : "") }' \
    ${permitted:+"$permitted"} "$1"
}

# Arguments: GENERATIONS BEGIN COLOURS RECIPES, the last two files
sync_colours() {
  local generations=$1 begin=$2 live generation colour
  live=$([ ! -e "$folder/live.map" ] || awk '{ print $2; exit }' "$folder/live.map")
  live=${live:-$begin}
  # First what follows on standard input, of which a lost connection leaves nothing: then nothing is changed.
  write "$folder/recipes" 644 <"$4" >/dev/null
  write "$folder/colours" 644 <"$3" >/dev/null
  for generation in ${generations//,/ }; do
    colour=$(value "$folder/live.map" "$generation")
    printf '%s %s\n' "$generation" "${colour:-$live}"
  done | write "$folder/live.map" 644 >/dev/null
  printf '%s\n' "$live"
}

main() {
  local action environment generations begin work
  if [ "$1" = published ]; then
    published=yes
    folder=${REGISTRY_PUBLISHED:-/etc/softlayer-registry/published}
    shift
  fi
  action=$1
  shift
  if [ "$action" = remove ]; then
    rm -f "$folder/colours" "$folder/recipes" "$folder/live.map" "$folder/fence" "$folder/permitted"
    return
  fi
  environment=$1 generations=$2 begin=$3
  shift 3
  work=$(mktemp -d)
  # shellcheck disable=SC2064 # the folder is known now
  trap "rm -rf '$work'" EXIT
  as_lines "$@" >"$work/colours"
  cat >"$work/recipes"
  if [ "$action" = check ]; then refuse_loss "$environment" "$work/colours" "$work/recipes"; return; fi
  if [ "$action" = permit ]; then permit "$work/colours"; return; fi
  [ -z "$published" ] || install -d -m 700 "$folder"
  [ -d "$folder" ] || fail "HAProxy is not set up; run proxy.sh first"
  exec 9>"$folder/lock"
  flock -w 60 9 || fail "another run holds $folder/lock for a minute now; end it or wait, then run pulumi up again"
  with_permissions "$work/colours" >"$work/permitted"
  refuse_loss "$environment" "$work/permitted" "$work/recipes"
  sync_colours "$generations" "$begin" "$work/colours" "$work/recipes"
  rm -f "$folder/permitted"
}

# One line: the shell has read it whole when main reads what follows.
main "$@"; exit
