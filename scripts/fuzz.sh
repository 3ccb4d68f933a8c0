#!/usr/bin/env bash
# Runs every fuzz target for some seconds, from its seeds and what earlier runs found, and prints how many inputs each has had.
#
#   scripts/fuzz.sh SECONDS [TARGET…]
#
# Needs a nightly toolchain (rustup toolchain install nightly) and cargo-fuzz (cargo install cargo-fuzz). Exit status 1 if a target does not
# build, and at the first crash, whose input lies in fuzz/artifacts; memory is limited to 1 GiB a target.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds="${1:?usage: scripts/fuzz.sh SECONDS [TARGET…]}"
shift
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=(safetensors model_config scheduler_config npy picture)
for tool in "cargo +nightly --version" "cargo fuzz --version"; do
    $tool >/dev/null 2>&1 || { echo "fuzz.sh: \`$tool\` does not run" >&2; exit 1; }
done

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
for target in "${targets[@]}"; do
    cargo +nightly fuzz build "$target" 2>"$work/build" || { cat "$work/build" >&2; exit 1; }
done

for target in "${targets[@]}"; do
    mkdir -p "fuzz/corpus/$target"
    touch "$work/start"
    status=0
    cargo +nightly fuzz run "$target" "fuzz/corpus/$target" "fuzz/seeds/$target" -- \
        -max_total_time="$seconds" -rss_limit_mb=1024 -malloc_limit_mb=512 -timeout=5 -print_final_stats=1 \
        >"$work/log" 2>&1 || status=$?
    runs="$(sed -n 's/^stat::number_of_executed_units: *//p' "$work/log")"
    # A file of an earlier run is no crash of this one.
    found="$(find "fuzz/artifacts/$target" -type f -newer "$work/start" 2>/dev/null | head -n 1)"
    if [ "$status" != 0 ] || [ -n "$found" ] || [ "${runs:-0}" = 0 ]; then
        tail -n 40 "$work/log" >&2
        echo "$target: FAILED with exit status $status after ${runs:-no} runs${found:+: $found}" >&2
        exit 1
    fi
    echo "$target: $runs runs in $seconds s, no crash"
done
