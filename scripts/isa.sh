#!/usr/bin/env bash
# What AMD's shader compiler makes of the MLP's kernels, without a GPU: registers, waves that fit, spills, and how much of what is
# executed multiplies. Not a measurement of speed.
#
#   scripts/isa.sh [TARGET…]       navi31 navi21 vega10; without arguments all of them
#   scripts/isa.sh --bless         accept what is found as the committed figures, scripts/isa/figures.tsv
#
# Mesa's RADV compiles for a device that is not there (RADV_FORCE_FAMILY, which Mesa 26.1 took out): examples/shaders writes the SPIR-V
# of a few networks, scripts/isa/vkisa.c makes pipelines of it and writes what the driver says of them, scripts/isa/report.py counts:
#
#   spills       registers and bytes in memory
#   waves/SIMD   that the registers allow, as the driver says; "by LDS" those that workgroup memory allows
#   useful %     the network's multiply-adds a lane, of the vector instructions of a whole kernel: each block as often as a wave executes
#                it (scripts/isa/follow.py follows the busiest lane), lanes that idle and columns that a layer does not have counted as lost
#   loop …       the same of the loop of the hidden layers alone, and all of its instructions for a multiply-add
#   inst/4 WMMA  instructions of the loop of the kernel for matrix units, for four products of squares
#   FLOP/B       operations for each byte of weights that a workgroup reads
#
# Must run as root on Debian or Ubuntu (chroot). The first run makes a Debian 13 with Mesa 25.0 in target/isa/root (900 MB, some
# minutes). What cannot be had is "skipped: why", with exit status 3. Exit status 1: a kernel is worse than its committed figures.
set -uo pipefail
cd "$(dirname "$0")/.."
. scripts/tools.sh

out="${CARGO_TARGET_DIR:-target}/isa"
mkdir -p "$out" && out="$(cd "$out" && pwd)" || exit 1
root="$out/root"
skip() { echo "isa: skipped: $1"; exit 3; }

# judge TARGET VARIANT [VARIABLE…]: what the driver says of the texts of a variant, against the figures.
judge() {
    local target="$1" variant="$2" texts="$out/texts$2" inside="/isa/$1$2"
    shift 2
    rm -rf "$root$inside" && mkdir -p "$root$inside/spv" && cp "$texts"/*.spv "$root$inside/spv/" || return 1
    chroot "$root" env "$@" MESA_SHADER_CACHE_DISABLE=1 RADV_FORCE_FAMILY="$target" \
        sh -c 'VK_DRIVER_FILES="$(ls /usr/share/vulkan/icd.d/radeon_icd*.json | head -n 1)" exec /isa/vkisa "$0" "$0"/spv/*.spv' "$inside" \
        >"$root$inside.tsv" 2>"$root$inside.log" || { cat "$root$inside.log"; return 1; }
    grep -q $'\tNull hardware' "$root$inside.log" || { cat "$root$inside.log"; echo "isa: not the device that was asked for"; return 1; }
    report "$target" "$variant" --figures scripts/isa/figures.tsv $bless
    local status=$?
    echo
    return "$status"
}

# report TARGET VARIANT OPTION…
report() {
    python3 scripts/isa/report.py "$out/texts$2" "$root/isa/$1$2.tsv" "$root/isa/$1$2" "$1" --variant="$2" "${@:3}"
}

# Figures a little better than the committed ones: whatever there is must be found worse.
planted() {
    awk -F'\t' -v OFS='\t' '/^#/ || /^kernel/ { print; next } { $4 += 1; print }' scripts/isa/figures.tsv >"$out/planted.tsv"
    ! report "$1" "" --figures "$out/planted.tsv" >"$out/planted.txt" && grep -q 'worse: .* waves is' "$out/planted.txt" ||
        { echo "isa: a kernel that is worse than its figures was not found"; return 1; }
}

bless=
[ "${1:-}" != --bless ] || { bless=--bless; shift; }
[ $# -gt 0 ] || set -- navi31 navi21 vega10
for target in "$@"; do
    case "$target" in
        navi31 | navi21 | vega10) ;;
        *) sed -n '2,26s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
    esac
done
[ "$(uname -m)" = x86_64 ] || skip "the driver is fetched for x86_64 alone"
# Its Mesa compiles for devices that are not there.
why="$(debian trixie "$root" libvulkan1,libvulkan-dev,mesa-vulkan-drivers,gcc,libc6-dev)" || skip "$why"
[ "$(id -u)" = 0 ] || skip "not root, so the chroot cannot be entered"
command -v python3 >/dev/null || skip "no python3"
mkdir -p "$root/isa" && cp scripts/isa/vkisa.c "$root/isa/" &&
    chroot "$root" gcc -O1 -Wall -o /isa/vkisa /isa/vkisa.c -lvulkan || exit 1
rm -rf "$out"/texts*
cargo run --quiet --example shaders -- --measured "$out/texts" || exit 1

failed=0
for target in "$@"; do
    judge "$target" "" || failed=1
    judge "$target" -half || failed=1
    # The others have no matrix units. The kernel is composed for subgroups of 64, which the driver chooses.
    [ "$target" != navi31 ] || judge "$target" -matrix || failed=1
    planted "$target" || failed=1
done
exit "$failed"
