#!/usr/bin/env bash
# Runs every fuzz target for some seconds: xtask/src/fuzz.rs.
#
#   scripts/fuzz.sh SECONDS [TARGET…]
set -euo pipefail
cd "$(dirname "$0")/.."
exec cargo xtask fuzz "$@"
