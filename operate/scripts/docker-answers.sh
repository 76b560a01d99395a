#!/usr/bin/env bash
# Asks Docker of this server for its version; fails where it does not answer within 5 s.
# Usage: docker-answers.sh
set -euo pipefail

# One line: the shell has read it whole when the command reads what follows.
timeout 5 docker version --format '{{.Server.Version}}' </dev/null; exit
