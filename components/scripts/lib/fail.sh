#!/usr/bin/env bash
# Ends a script with a message that names the server.

fail() { printf '%s: %s\n' "$(hostname)" "$*" >&2; exit 1; }
