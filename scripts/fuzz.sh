#!/usr/bin/env bash
# Runs every fuzz target for some seconds, from its seeds and what earlier runs found.
#
#   scripts/fuzz.sh SECONDS [TARGET…]
#
# Needs a nightly toolchain (rustup toolchain install nightly) and cargo-fuzz (cargo install cargo-fuzz). Exit status 1 at the first
# crash, whose input lies in fuzz/artifacts; memory is limited to 1 GiB a target.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds="${1:?usage: scripts/fuzz.sh SECONDS [TARGET…]}"
shift
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=(safetensors model_config scheduler_config npy picture)
for tool in "cargo +nightly --version" "cargo fuzz --version"; do
    $tool >/dev/null 2>&1 || { echo "skipped: \`$tool\` does not run" >&2; exit 1; }
done

for target in "${targets[@]}"; do
    mkdir -p "fuzz/corpus/$target"
    echo "== $target, $seconds s" >&2
    cargo +nightly fuzz run "$target" "fuzz/corpus/$target" "fuzz/seeds/$target" -- \
        -max_total_time="$seconds" -rss_limit_mb=1024 -malloc_limit_mb=512 -timeout=5 -print_final_stats=1 \
        2>&1 | grep -E 'DONE|Done|ERROR|SUMMARY|panicked|stat::|Test unit' || true
    if [ -n "$(find "fuzz/artifacts/$target" -type f 2>/dev/null)" ]; then
        echo "$target: $(find "fuzz/artifacts/$target" -type f | head -1)" >&2
        exit 1
    fi
done
