#!/usr/bin/env bash
# Every kernel's WGSL, for every kind of network, through the compilers that drivers and browsers use.
#
#   scripts/shaders.sh [STAGE…]        naga spirv tint msl dxc fxc; all of them without arguments
#   scripts/shaders.sh --bless         accept the Metal texts as they are now
#
#   naga    validation with no optional capability, and translation with wgpu-hal's options
#   spirv   SPIR-V 1.3 and 1.6 through spirv-val                    (Debian: spirv-tools)
#   tint    WGSL through Chromium's Tint and Dawn's pipeline checks (npm: webgpu)
#   msl     Metal texts against the reviewed ones in tests/data/msl, and Metal's limits
#   dxc     HLSL 6.0 through Microsoft's dxcompiler.dll             (npm: webgpu; Debian: wine64, gcc-mingw-w64-x86-64)
#   fxc     HLSL 5.1 through Microsoft's d3dcompiler_47.dll, wgpu's fallback on Windows; takes a quarter of an hour
#
# Each compiler is first shown a planted error, which it must find. A stage whose tools are not there and cannot be installed is
# "skipped: why". Exit status 1 if a text fails or a planted error passes.
set -uo pipefail
cd "$(dirname "$0")/.."

webgpu_version=0.6.2
out="${CARGO_TARGET_DIR:-target}/shaders"
scripts="$PWD/scripts/shaders"
snapshots="$PWD/tests/data/msl"
failed=0

say() { printf '%-7s %s\n' "$1" "$2"; }
fail() { say "$1" "FAILED: $2"; failed=1; }
skip() { say "$1" "skipped: $2"; }

# Debian packages, where this user may install them.
install() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
    apt-get install -y -qq --no-install-recommends "$@" >/dev/null 2>&1 ||
        { apt-get update -qq && apt-get install -y -qq --no-install-recommends "$@"; } >/dev/null 2>&1
}

webgpu() {
    [ -f "$out/npm/node_modules/webgpu/package.json" ] && return 0
    command -v npm >/dev/null || return 1
    mkdir -p "$out/npm" &&
        npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$out/npm" "webgpu@$webgpu_version" >/dev/null 2>&1
}

# The Windows side: Microsoft's DLLs, a program that calls them, and wine to run it.
windows() {
    webgpu || { echo "no npm, or no package webgpu"; return 1; }
    command -v x86_64-w64-mingw32-gcc >/dev/null || install gcc-mingw-w64-x86-64-posix || { echo "no mingw-w64"; return 1; }
    wine="$(command -v wine64 || ls /usr/lib/wine/wine64 2>/dev/null)"
    if [ -z "$wine" ]; then
        install wine64 || { echo "no wine64"; return 1; }
        wine="$(command -v wine64 || ls /usr/lib/wine/wine64)"
    fi
    export WINEPREFIX="$out/wine" WINEDEBUG=-all
    cp "$out"/npm/node_modules/webgpu/dist/win32-x64/{d3dcompiler_47,dxcompiler}.dll "$out/" &&
        x86_64-w64-mingw32-gcc -O1 -Wall -o "$out/hlsl.exe" "$scripts/hlsl.c" || { echo "hlsl.c does not compile"; return 1; }
}

# Translates everything; a text that naga refuses ends it.
translate() {
    rm -rf "$out"/{wgsl,spirv-1.3,spirv-1.6,hlsl-5.1,hlsl-6.0,hlsl-6.2,msl,glsl}{,-features,-half,-matrix-16,-matrix-8}
    cargo build --quiet --example shaders &&
        "${CARGO_TARGET_DIR:-target}/debug/examples/shaders" "$out" >"$out/list.tsv"
}

stage_naga() {
    mkdir -p "$out/planted"
    sed '0,/run\.count/s//run.kount/' "$out/wgsl/init_noise.2.wgsl" >"$out/planted/naga.wgsl"
    local result
    if result="$("${CARGO_TARGET_DIR:-target}/debug/examples/shaders" --check "$out/planted/naga.wgsl" 2>&1)" || [[ "$result" != *kount* ]]; then
        fail naga "a planted error was not found"
    else
        say naga "$(ls "$out/wgsl" | wc -l) texts are valid with no optional capability, $(ls "$out/wgsl-features" | wc -l) with subgroups and int64, $(ls "$out/wgsl-half" | wc -l) with f16, $(ls "$out"/wgsl-matrix-* | grep -c wgsl$) with matrix units"
    fi
}

# spirv-val, without one complaint: naga 30 writes the stride of arrays in workgroup memory too, which validators since 2025 refuse and
# no driver looks at. The stride of what they name is taken out, and the rest looked at.
spirv_valid() {
    local environment="$1" file="$2" message type
    cp "$file" "$out/planted/stripped.spv"
    while ! message="$(spirv-val --target-env "$environment" "$out/planted/stripped.spv" 2>&1)"; do
        type="$(sed -n "s/.*None-10684.*type '[0-9]*\[\(%[A-Za-z0-9_]*\)\]'.*/\1/p" <<<"$message")"
        [ -n "$type" ] || { echo "$message"; return 1; }
        spirv-dis "$out/planted/stripped.spv" | grep -v "OpDecorate $type ArrayStride" |
            spirv-as --preserve-numeric-ids --target-env "$environment" -o "$out/planted/stripped.spv" - || return 1
    done
}

stage_spirv() {
    command -v spirv-val >/dev/null || install spirv-tools || { skip spirv "no spirv-val (Debian: spirv-tools)"; return; }
    # An identifier beyond the bound that the header states.
    cp "$out/spirv-1.3/init_noise.2.spv" "$out/planted/spirv.spv"
    printf '\x02\x00\x00\x00' | dd of="$out/planted/spirv.spv" bs=1 seek=12 conv=notrunc status=none
    local message good=0 total=0
    if message="$(spirv-val --target-env vulkan1.1 "$out/planted/spirv.spv" 2>&1)" || [[ "$message" != *bound* ]]; then
        fail spirv "a planted error was not found"
    fi
    # Validators before 2023.4 know nothing of cooperative matrices.
    local old=0
    message="$(spirv-val --target-env vulkan1.3 "$out/spirv-1.6-matrix-16/mlp_step_matrix.points.spv" 2>&1)"
    [[ "$message" != *"capability operand: 6022"* ]] || old=1
    [ "$old" = 0 ] || skip spirv "the texts for matrix units, which this spirv-val is too old for"
    for environment in vulkan1.1:spirv-1.3 vulkan1.3:spirv-1.6; do
        for file in "$out/${environment#*:}"{,-features,-half,-matrix-16,-matrix-8}/*.spv; do
            if [[ "$file" = *-matrix-* && "$old" = 1 ]]; then
                continue
            fi
            total=$((total + 1))
            if message="$(spirv_valid "${environment%:*}" "$file")"; then
                good=$((good + 1))
            else
                fail spirv "$file: $message"
            fi
        done
    done
    say spirv "$good of $total valid, by $(spirv-val --version | head -n 1)"
}

stage_tint() {
    webgpu || { skip tint "no npm, or no package webgpu"; return; }
    cp "$scripts/tint.mjs" "$out/npm/"
    # A barrier that not all of a workgroup reach: what naga does not look for.
    sed '0,/workgroupBarrier();/s//if local > 3u { workgroupBarrier(); }/' "$out/wgsl/mlp_step.digits.wgsl" >"$out/planted/tint.wgsl"
    local result
    result="$(node "$out/npm/tint.mjs" "$out/planted/tint.wgsl" 2>&1)"
    [[ $? = 1 && "$result" = *workgroupBarrier* ]] || fail tint "a planted error was not found"
    if result="$(node "$out/npm/tint.mjs" "$out"/wgsl{,-half}/*.wgsl 2>&1)"; then
        say tint "$result, by Tint of webgpu $webgpu_version (its WGSL has no 64-bit integers, so not the texts with them)"
    else
        fail tint "$result"
    fi
}

# Microsoft's compilers: windows_stage NAME FOLDER [FOLDER]
windows_stage() {
    local name="$1" folder="$2" why result
    why="$(windows)" || { skip "$name" "$why"; return; }
    windows >/dev/null
    shift
    : >"$out/$name.list"
    for each in "$@"; do
        grep -E "/$each(-features|-half)?/" "$out/list.tsv" | sed "s|.*/\\($each[^/]*\\)/|\\1/|" >>"$out/$name.list"
    done
    if [ "$name" = fxc ] && grep -q 'predict_step\.mixture-784' "$out/fxc.list"; then
        # "Sum of temp registers and indexable temp registers exceeds limit of 4096": README, Limits.
        sed -i '/predict_step\.mixture-784/d' "$out/fxc.list"
        skip fxc "a caller's network of 784 values, whose sample does not fit FXC's registers"
    fi
    mkdir -p "$out/planted/$folder"
    sed '0,/philox_round(/s//philox_raund(/' "$out/$folder/init_noise.2.hlsl" >"$out/planted/$folder/init_noise.hlsl"
    printf 'planted/%s/init_noise.hlsl\tinit_noise\n' "$folder" >"$out/planted.list"
    # Found, and for the reason that it was planted for.
    result="$(cd "$out" && timeout 300 "$wine" hlsl.exe "$name" planted.list 2>&1)"
    [[ $? = 1 && "$result" = *philox_r?und* && "$result" != *"cannot be read"* ]] || fail "$name" "a planted error was not found"
    if result="$(cd "$out" && timeout 5400 "$wine" hlsl.exe "$name" "$name.list" 2>&1)"; then
        say "$name" "$(echo "$result" | tail -n 1 | tr -d '\r'), the slowest in $(slowest <<<"$result"), by the DLL of webgpu $webgpu_version"
    else
        fail "$name" "$result"
    fi
}

# Of lines "file: compiled, N ms": the most.
slowest() { sed -n 's/^\([^:]*\): compiled, \([0-9]*\) ms.*/\2 ms (\1)/p' | sort -n | tail -n 1; }

stage_dxc() { windows_stage dxc hlsl-6.0 hlsl-6.2; }
stage_fxc() { windows_stage fxc hlsl-5.1; }

# The texts that were reviewed: each kernel once. Metal itself compiles them on macOS, in CI.
reviewed="init_noise.2 update_step.2 predict_step.mixture-2 threshold_step.784 mask_step.2 mlp_step.digits mlp_step_serial.points to_rgba8.images to_rgba16f.images"

# Whether a text is the reviewed one: the difference goes to msl.diff.
as_reviewed() { diff -u "$snapshots/$1.metal" "$2" >"$out/msl.diff" 2>&1; }

stage_msl() {
    local name slots
    # Two invocations without a barrier between them.
    sed '0,/threadgroup_barrier/{/threadgroup_barrier/d}' "$out/msl/mlp_step.digits.metal" >"$out/planted/msl.metal"
    as_reviewed mlp_step.digits "$out/planted/msl.metal" && fail msl "a planted change was not found"
    for name in $reviewed; do
        if ! as_reviewed "$name" "$out/msl/$name.metal"; then
            fail msl "$name is not what was reviewed: look at the difference, then $0 --bless"
            head -n 40 "$out/msl.diff"
        fi
    done
    # Metal numbers 31 buffers; sizes of runtime arrays come in one of them.
    slots="$(grep -ho '\[\[buffer([0-9]*)\]\]' "$out"/msl/*.metal | tr -dc '0-9\n' | sort -n | tail -n 1)"
    [ "${slots:-99}" -le 30 ] || fail msl "buffer slot $slots, of 0 to 30"
    say msl "$(echo "$reviewed" | wc -w) reviewed texts of $(ls "$out/msl" | wc -l), highest buffer slot $slots"
}

mkdir -p "$out/planted"
out="$(cd "$out" && pwd)"
if ! translate; then
    fail naga "translation failed"
    exit 1
fi
if [ "${1:-}" = --bless ]; then
    for name in $reviewed; do cp "$out/msl/$name.metal" "$snapshots/"; done
    exit 0
fi
[ $# -gt 0 ] || set -- naga spirv tint msl dxc fxc
for stage in "$@"; do
    declare -F "stage_$stage" >/dev/null || { sed -n '2,16s/^# \{0,1\}//p' "$0" >&2; exit 2; }
    "stage_$stage"
done
exit "$failed"
