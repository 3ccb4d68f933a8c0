#!/usr/bin/env bash
# Every subcommand on a Vulkan driver whose calls fail, one at a time: xtask/src/faults/.
#
#   scripts/faults.sh [lavapipe|swiftshader] [CALLS [COMMAND…]]
#
# CALLS of each function are made to fail, 3 unless told otherwise.
set -euo pipefail
cd "$(dirname "$0")/.."
exec cargo xtask faults "$@"
