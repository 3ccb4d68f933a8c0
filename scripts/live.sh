#!/usr/bin/env bash
# Drives examples/live on a virtual display and checks what is on the screen: xtask/src/live/.
#
#   scripts/live.sh                    check
#   scripts/live.sh --pictures FOLDER  check, and make the pictures of examples/README.md
set -euo pipefail
cd "$(dirname "$0")/.."
exec cargo xtask live "$@"
