#!/usr/bin/env bash
# The noise in a battery of statistical tests, as a Markdown report: xtask/src/randomness.rs.
#
#   scripts/randomness.sh quick        about an hour
#   scripts/randomness.sh full         most of a day
set -euo pipefail
cd "$(dirname "$0")/.."
exec cargo xtask randomness "$@"
