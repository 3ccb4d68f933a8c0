#!/usr/bin/env bash
# Samplers and runs made and dropped for an hour by several threads on one device (examples/soak): fails
# where resident memory or open files grow, or where samples change.
#
#   scripts/soak.sh [SECONDS [DEVICE…]]     an hour on the first software driver, and one on the engine
#
# Devices are named as `ddim --device` takes them.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds="${1:-3600}"
shift || true
[ $# -gt 0 ] || set -- llvmpipe cpu
for device in "$@"; do
    cargo run --example soak -- --seconds "$seconds" --device "$device"
done
