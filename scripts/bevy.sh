#!/usr/bin/env bash
# Starts examples/bevy_particles on a virtual display and checks it: xtask/src/bevy.rs.
#
#   scripts/bevy.sh                    check
#   scripts/bevy.sh --picture FILE     check, and make the picture of examples/README.md
set -euo pipefail
cd "$(dirname "$0")/.."
exec cargo xtask bevy "$@"
