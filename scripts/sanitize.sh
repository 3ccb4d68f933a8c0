#!/usr/bin/env bash
# The CPU engine and sessions on it, by several threads, under a sanitizer: tests/threads/.
#
#   scripts/sanitize.sh [thread|address]…      both unless told otherwise
#
# Needs a nightly toolchain with rust-src, as the standard library is compiled anew.
set -euo pipefail
cd "$(dirname "$0")/../tests/threads"
[ $# -gt 0 ] || set -- thread address
for sanitizer in "$@"; do
    RUSTFLAGS="-Zsanitizer=$sanitizer" CARGO_TARGET_DIR="target/$sanitizer" \
        cargo +nightly test -Zbuild-std --target x86_64-unknown-linux-gnu \
        --features library --test library
done
