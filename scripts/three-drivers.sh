#!/usr/bin/env bash
# The test suite and `ddim verify` on three software drivers: xtask/src/drivers/.
#
#   scripts/three-drivers.sh [--verify-only] [lavapipe|gl|swiftshader]…
set -euo pipefail
cd "$(dirname "$0")/.."
exec cargo xtask drivers "$@"
