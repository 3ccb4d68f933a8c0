#!/usr/bin/env bash
# Every kernel's WGSL through the compilers of drivers and browsers: xtask/src/shaders/.
#
#   scripts/shaders.sh [STAGE…]        naga spirv tint msl dxc fxc; all of them without arguments
#   scripts/shaders.sh --bless         accept the Metal texts as they are now
set -euo pipefail
cd "$(dirname "$0")/.."
exec cargo xtask shaders "$@"
