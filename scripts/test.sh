#!/usr/bin/env bash
# Runs every test of the library and the command, with the WGSL kernels really executed.
#
# The GPU tests need an adapter. Where there is no Vulkan driver, Mesa's software driver (lavapipe)
# is installed if possible; otherwise this says what to install. Arguments go to `cargo test`.
set -euo pipefail
cd "$(dirname "$0")/.."
exec cargo xtask test "$@"
