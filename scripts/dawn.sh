#!/usr/bin/env bash
# Every kernel's text, executed by the WebGPU of Chromium (Dawn, with Tint as its compiler) on
# SwiftShader, against the kernels' twins.
#
#   scripts/dawn.sh                    the self-check, then all recordings
#   scripts/dawn.sh --planted          the self-check alone
#
# examples/record writes down what wgpu is told by the library, down to every buffer's bytes;
# scripts/dawn/ repeats it in Node (npm: webgpu). `mlp_step` is asked for by name there: the library
# gives it to every GPU, but not to SwiftShader. The self-check plants faults in the recorded texts,
# which must be found, the first of them one that Tint itself once made of our text. The report is
# target/dawn/report.json, as `ddim verify --json` writes one.
#
# Exit status 1 if something is not as expected or a planted fault passes; 3, with "skipped: why",
# where the tools cannot be had.
set -uo pipefail
cd "$(dirname "$0")/.."
. scripts/tools.sh

skip() { echo "dawn: skipped: $1"; exit 3; }

[ $# = 0 ] || [ "$*" = --planted ] || { sed -n '2,13s/^# \{0,1\}//p' "$0" >&2; exit 2; }
command -v node >/dev/null || skip "no Node"
webgpu || skip "no npm, or no package webgpu"
choose_swiftshader || skip "no SwiftShader (Debian: chromium-common)"
export XDG_RUNTIME_DIR="${XDG_RUNTIME_DIR:-${TMPDIR:-/tmp}}"

out="${CARGO_TARGET_DIR:-target}/dawn"
rm -rf "$out" && mkdir -p "$out/recordings" || exit 1
cargo build --quiet --features record --example record &&
    "${CARGO_TARGET_DIR:-target}/debug/examples/record" "$out/recordings" || exit 1
# Beside node_modules, where Node looks for the package.
mkdir -p "$tools/dawn" && cp scripts/dawn/*.mjs "$tools/dawn/" || exit 1
main="$tools/dawn/main.mjs"

failed=0
planted() {
    node "$main" "$out/recordings" --planted "$@"
    case $? in
        0) ;;
        3) skip "Dawn finds no adapter (Debian: libvulkan1)" ;;
        *) failed=1 ;;
    esac
}
# Tint zeroes a variable without an initial value once a function, not once a round
# of the loop that it is in.
planted mlp_step.run 'var acc = Block();' 'var acc: Block;'
# A bit of Philox's multiplier.
planted init_noise 0xD2511F53u 0xD2511F52u
[ "${1:-}" = --planted ] && exit "$failed"

node "$main" "$out/recordings" "$out/report.json" || failed=1
exit "$failed"
