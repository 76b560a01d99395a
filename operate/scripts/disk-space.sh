#!/usr/bin/env bash
# Prints size, free bytes and mount point of each disk of this server, a line each. Changes nothing.
# Usage: disk-space.sh
set -euo pipefail

# The root counts whatever it is; a container's own layers lie on a disk that counts already.
# One line: the shell has read it whole when the commands read what follows.
{ df -B1 --output=size,avail,target / </dev/null; df -B1 --output=size,avail,target -x tmpfs -x devtmpfs -x overlay -x squashfs </dev/null 2>/dev/null || true; } | awk '$1 ~ /^[0-9]+$/ && $1 > 0 && !seen[$0]++ { $1 = $1; print }'; exit
