#!/usr/bin/env bash
# The kernels for matrix units, executed on a software driver that has them: lavapipe of Mesa 26,
# 8×8 in f16 with sums in f32.
#
#   scripts/matrix.sh [STAGE…]       verify tests; without arguments both
#
#   verify     `ddim verify` of mlp_step_matrix and program_step_matrix, which first has to find a planted fault
#   tests      the tests of these kernels, which without units have nothing to run on, or of all tests those that
#              MATRIX_TESTS names
#
# The driver is newer than most systems': it comes from a Debian of its own in target/matrix/root (1.3 GB,
# some minutes, as root on Debian or Ubuntu), which is not entered. Programs are built here and started by
# its loader with its libraries, so a later run needs no root. What cannot be had is "skipped: why", with exit
# status 3. Exit status 1: something is not as expected.
set -uo pipefail
cd "$(dirname "$0")/.."
. scripts/tools.sh

suite=forky
out="${CARGO_TARGET_DIR:-target}/matrix"
mkdir -p "$out" && out="$(cd "$out" && pwd)" || exit 1
root="$out/root"
libraries="$root/usr/lib/x86_64-linux-gnu"
manifest="$out/lvp_icd.json"
failed=0

say() { printf '%-7s %s\n' "$1" "$2"; }
fail() { say "$1" "FAILED: $2"; failed=1; }
skip() { echo "matrix: skipped: $1"; exit 3; }

# A Debian with a Mesa that has cooperative matrices on the CPU.
driver() {
    [ "$(uname -m)" = x86_64 ] || { echo "the driver is fetched for x86_64 alone"; return 1; }
    debian "$suite" "$root" libvulkan1,mesa-vulkan-drivers || return 1
    [ -f "$libraries/libvulkan_lvp.so" ] || { echo "no libvulkan_lvp.so in $libraries"; return 1; }
    printf '{"file_format_version": "1.0.1", "ICD": {"library_path": "%s", "api_version": "1.4.0"}}\n' \
        "$libraries/libvulkan_lvp.so" >"$manifest"
}

# Runs a program of this system with that one's loader, libraries and driver.
on_units() {
    (
        export XDG_RUNTIME_DIR="${XDG_RUNTIME_DIR:-/tmp}" WGPU_BACKEND=vulkan DDIM_MATRIX_UNITS=required
        export VK_DRIVER_FILES="$manifest" VK_ICD_FILENAMES="$manifest"
        unset WGPU_ADAPTER_NAME
        "$root/lib64/ld-linux-x86-64.so.2" --library-path "$libraries" "$@"
    )
}

# The tests, and the command with them: with `fault-injection`, as tests have it.
build() {
    tests="$(cargo test --no-run --test main --message-format=json 2>"$out/build.log" |
        sed -n 's/.*"executable":"\([^"]*\/main-[^"]*\)".*/\1/p' | tail -n 1)"
    [ -x "$tests" ] && [ -x "$ddim" ] || { tail -n 20 "$out/build.log"; echo "matrix: the tests do not build"; exit 1; }
}

# Both kernels pass on f16 units, and neither is "not offered".
stage_verify() {
    local kernel
    on_units "$ddim" --quiet verify --only program_step_matrix \
        --fault program_step_matrix 'k * LEFT_STRIDE + first_row()' 'k * LEFT_STRIDE - first_row()' >"$out/fault.txt" 2>&1
    [ $? = 6 ] || { cat "$out/fault.txt"; fail verify "a planted fault was not found"; }
    for kernel in mlp_step_matrix program_step_matrix; do
        on_units "$ddim" --quiet verify --only "$kernel" >"$out/$kernel.txt" 2>"$out/$kernel.log" ||
            { cat "$out/$kernel.txt" "$out/$kernel.log"; fail verify "$kernel"; continue; }
        grep -E "^driver|$kernel" "$out/$kernel.txt"
        grep -qE "^$kernel, f16 .* passed$" "$out/$kernel.txt" || fail verify "$kernel was not run in f16"
    done
}

stage_tests() {
    # shellcheck disable=SC2086
    on_units "$tests" ${MATRIX_TESTS:-kernels::matrix} || fail tests "see above"
}

ddim="${CARGO_TARGET_DIR:-target}/debug/ddim"
why="$(driver)" || skip "$why"
build
for stage in ${*:-verify tests}; do
    case "$stage" in
        verify | tests) "stage_$stage" ;;
        *) echo "matrix: there is no stage $stage"; exit 2 ;;
    esac
done
exit "$failed"
