#!/usr/bin/env bash
# The command and the kernels' tests, executed on wgpu's DX12 backend without Windows: wine 10,
# whose Direct3D 12 is vkd3d, on lavapipe, with shaders compiled by Microsoft's FXC as on a
# Windows without dxcompiler.dll.
#
#   scripts/dx12.sh [STAGE…]       noise verify samples layers inputs encode external command tests; without arguments
#                                  all but the last two
#
#   noise      the bytes of `ddim noise` against the host's, and the published hash
#   verify     `ddim verify`, which is what a GPU of Windows runs: all kernels but the one for drivers that run on a CPU
#   samples    pictures and points of each bundled model against the native engine
#   layers     networks of the layers format by other authors, with their conditions, by the same: `program_step`
#   inputs     networks whose inputs are embedded in 4 to 100 sinusoids, by the same; FXC got the sizes 12, 20, 28 and 100 wrong
#   encode     encoding of points, by the same
#   external   the update around a network that is not ours: `verify --only update_step`
#   command    the command's tests and the library's own as Windows programs, with the CPU engine and no adapter, on a
#              console; and `terminal.py`: progress, colours and Ctrl-C as one sees them
#   tests      the kernels' tests as a Windows program, or of them what DX12_TESTS names
#
# The adapter calls itself a GeForce of 2010 and no software, so the kernels for GPUs run. It is
# slow all the same, and most of it is FXC: `verify` takes some minutes and `tests` many more.
#
# Must run as root on Debian or Ubuntu (chroot). The first run makes a Debian 13 in target/dx12/root
# (1.5 GB, some minutes) and builds for Windows in target/dx12/build; later ones reuse both. What
# cannot be had is "skipped: why", with exit status 3. Exit status 1: something is not as expected.
# WGPU_DEBUG stays off: it has FXC skip the optimisation that hides faults.
set -uo pipefail
cd "$(dirname "$0")/.."
. scripts/tools.sh

out="${CARGO_TARGET_DIR:-target}/dx12"
mkdir -p "$out/host" && out="$(cd "$out" && pwd)" || exit 1
root="$out/root"
target=x86_64-pc-windows-gnu
failed=0

say() { printf '%-9s %s\n' "$1" "$2"; }
fail() { say "$1" "FAILED: $2"; failed=1; }
skip() { echo "dx12: skipped: $1"; exit 3; }

# cargo for Windows: rustup's target where it has it, else Debian's rustc-web with
# the sources of the library.
windows_cargo() {
    (
        export CARGO_TARGET_DIR="$out/build" CARGO_PROFILE_RELEASE_DEBUG=0
        export CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER=x86_64-w64-mingw32-gcc
        if [ "$toolchain" = rustup ]; then
            cargo "$@" --release --target "$target"
        else
            RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 cargo "$@" --release --target "$target" -Zbuild-std=std,panic_unwind
        fi
    )
}

choose_toolchain() {
    command -v x86_64-w64-mingw32-gcc >/dev/null || install gcc-mingw-w64-x86-64-posix || { echo "no mingw-w64"; return 1; }
    if [ -d "$(rustc --print target-libdir --target "$target")" ] || rustup target add "$target" >/dev/null 2>&1; then
        toolchain=rustup
        return 0
    fi
    toolchain=debian
    dpkg -s rustc-web rust-web-src libstd-rust-web-dev >/dev/null 2>&1 && return 0
    # It would replace Debian's own compiler.
    ! dpkg -s rustc >/dev/null 2>&1 || { echo "Debian's rustc is installed, which rustc-web conflicts with"; return 1; }
    install rustc-web rust-web-src libstd-rust-web-dev || { echo "no Rust library for Windows (rustup target, or Debian: rustc-web)"; return 1; }
}

proc() { mountpoint -q "$root/proc" || mount -t proc proc "$root/proc"; }

# Runs a Windows program in the chroot's /dx.
wine() {
    proc || return 1
    # Without a display there is no adapter.
    chroot "$root" /bin/bash -c '
        export WINEPREFIX=/dx/prefix WINEDEBUG=-all WINEDLLOVERRIDES="d3dcompiler_47=n" WGPU_BACKEND=dx12 HOME=/root XDG_RUNTIME_DIR=/tmp
        unset WGPU_DEBUG WGPU_DX12_COMPILER
        export DISPLAY=:78
        Xvfb :78 -screen 0 800x600x24 >/dev/null 2>&1 & display=$!
        sleep 2
        cd /dx
        "$(ls /usr/lib/wine/wine64 2>/dev/null || command -v wine64 || command -v wine)" "$@"
        status=$?
        kill "$display"
        wait "$display" 2>/dev/null
        exit "$status"' wine "$@" 2> >(grep -v -e '^X connection' -e '^wine: ' >&2)
}
# on_console FOLDER WORD…: the same without a display, and so without an adapter, on a terminal, which is wine's console.
# What the program prints comes to $out/console.txt.
on_console() {
    local words
    proc || return 1
    printf '%s\n' 'export WINEPREFIX=/dx/prefix WINEDEBUG=-all HOME=/root XDG_RUNTIME_DIR=/tmp TERM=xterm VK_DRIVER_FILES=/none' \
        'unset WGPU_BACKEND DISPLAY' 'cd "$1" && shift' \
        'exec "$(ls /usr/lib/wine/wine64 2>/dev/null || command -v wine64 || command -v wine)" "$@" >/dx/console.txt 2>&1' \
        >"$root/dx/console.sh"
    printf -v words ' %q' chroot "$root" /bin/bash /dx/console.sh "$@"
    script --quiet --return --command "exec$words" /dev/null </dev/null >/dev/null
    local status=$?
    cp "$root/dx/console.txt" "$out/" 2>/dev/null
    return "$status"
}
leave() { ! mountpoint -q "$root/proc" || umount "$root/proc" || umount -l "$root/proc"; }

on_device() { wine ddim.exe "$@" --device 0 --quiet; }
on_host() { (cd "$out/host" && "$host" "$@" --device cpu --quiet); }

# The largest difference of two .npy files of f32 and whether it is within a bound; behind a bound `*` means
# "times the largest value".
compare() {
    python3 - "$1" "$2" "$3" <<'PYTHON'
import array, ast, sys
def read(path):
    data = open(path, "rb").read()
    length = int.from_bytes(data[8:10], "little")
    header = ast.literal_eval(data[10:10 + length].decode())
    assert header["descr"] == "<f4" and not header["fortran_order"], header
    return header["shape"], array.array("f", data[10 + length:])
(shape, a), (other, b) = read(sys.argv[1]), read(sys.argv[2])
assert shape == other and len(a) == len(b) > 0, (shape, other)
worst = max(abs(x - y) if x == x and y == y else float("inf") for x, y in zip(a, b))
same = a.tobytes() == b.tobytes()
bound = sys.argv[3]
scale = max(map(abs, b)) if bound.endswith("*") else 1.0
bound = float(bound.rstrip("*"))
print(f"{'x'.join(map(str, shape))}: " + ("the same bytes" if same else f"{worst / scale:.1e} of {bound:.0e}"))
sys.exit(0 if worst <= bound * scale else 1)
PYTHON
}

# both NAME BOUND ARGUMENTS…: one command on the device and by the host's engine; `@` is
# the file that it writes.
both() {
    local name="$1" bound="$2" result
    shift 2
    rm -f "$root/dx/$name.npy" "$out/host/$name.npy"
    on_host "${@//@/$name.npy}" || { fail "$stage" "$name on the host"; return 1; }
    on_device "${@//@/$name.npy}" || { fail "$stage" "$name on the device"; return 1; }
    if result="$(compare "$root/dx/$name.npy" "$out/host/$name.npy" "$bound")"; then say "$stage" "$name, $result"; else fail "$stage" "$name, $result"; fi
}

stage_noise() {
    both noise 0 noise --seed 1 --count 300 --dims 5 --output @
    # A device that computes nothing is not to pass: the bytes are not all zero.
    [ "$(tail -c 6000 "$root/dx/noise.npy" | tr -d '\0' | wc -c)" -gt 1000 ] || fail noise "nothing was computed"
    verify noise --only noise
    grep -q 0x1AB4A1B9413780C0 "$out/host/noise.json" || fail noise "not the published hash"
}

# verify NAME ARGUMENTS…: the report comes to $out/host/NAME.json.
verify() {
    local name="$1" started="$SECONDS" status
    shift
    wine ddim.exe verify --device 0 --json report.json "$@" >"$out/$name.txt" 2>&1
    status=$?
    cp "$root/dx/report.json" "$out/host/$name.json" 2>/dev/null
    [ "$status" = 0 ] || { cat "$out/$name.txt"; fail "$stage" "verify $*, exit status $status"; return 1; }
    say "$stage" "$(tail -n 1 "$out/$name.txt" | tr -d '\r'), in $((SECONDS - started)) s"
}

stage_verify() {
    # The oracle first: a fault in the network's kernel.
    wine ddim.exe verify --device 0 --quiet --only to_rgba8 --fault to_rgba8 '127.5 * clamp' '127.5 + clamp' >/dev/null 2>&1
    [ $? = 6 ] || fail verify "a planted fault was not found"
    verify verify
    # Each line of the table.
    sed -n '/^check/,$p' "$out/verify.txt" | tr -d '\r'
}

stage_samples() {
    local model
    for model in swiss-roll dino digits; do
        both "sample-$model" 1e-5 sample --model "models/$model" --count 64 --steps 10 --eta 0.5 --seed 3 --output @
    done
}

stage_layers() {
    local network condition
    # A straight one, one with conditions and skips, one with norms and gates, one with classes.
    for network in ${DX12_NETWORKS:-tiny-diffusion-mlp cep-qgpo-scorenet vibevoice-diffusion-head synthcity-tabddpm-diffusionmodel=1}; do
        # Behind `=` stands the class.
        local class=()
        [[ "$network" != *=* ]] || class=(--class "${network#*=}")
        network="${network%=*}"
        rm -rf "$root/dx/network" "$out/host/network"
        cp -r "tests/data/networks/$network" "$root/dx/network" &&
            condition="$(python3 scripts/dx12/conditions.py "$root/dx/network" 65)" &&
            cp -r "$root/dx/network" "$out/host/network" || { fail layers "no network $network"; continue; }
        # Values of any size, as the weights are not trained.
        both "layers-$network" '2e-5*' sample --model network $condition "${class[@]}" --count 65 --steps 5 --eta 0.5 --seed 3 --output @
    done
}

stage_inputs() {
    local size
    for size in ${DX12_INPUTS:-4 12 18 20 22 28 36 40 52 64 76 84 96 100}; do
        python3 scripts/dx12/random_model.py "$size" "$root/dx/inputs" && rm -rf "$out/host/inputs" && cp -r "$root/dx/inputs" "$out/host/" ||
            { fail inputs "no model"; return 1; }
        both "inputs-$size" 1e-5 sample --model inputs --count 65 --steps 1 --seed 3 --output @
    done
}

stage_encode() {
    local model
    for model in swiss-roll dino; do
        # Data of the model's kind: what the host samples.
        on_host sample --model "models/$model" --count 64 --steps 10 --seed 3 --output data.npy && cp "$out/host/data.npy" "$root/dx/" ||
            { fail encode "no data"; return 1; }
        both "encode-$model" 1e-4 encode --model "models/$model" --input data.npy --steps 10 --output @
    done
}

stage_external() { verify external --only update_step; }

# windows_tests NAME WORD…: builds tests for Windows, of which `cargo test WORD…` would run all; they come to
# /dx/NAME.exe, where they find the files of this directory, whose path is on the drive that is the chroot.
windows_tests() {
    local name="$1" exe
    shift
    exe="$(windows_cargo test --no-run "$@" --message-format json | sed -n 's/.*"executable":"\([^"]*\.exe\)".*/\1/p' | grep '/deps/' | tail -n 1)"
    [ -f "$exe" ] || return 1
    cp "$exe" "$root/dx/$name.exe"
    mkdir -p "$root$PWD/tests" "$root$out/build/tmp" "$root$out/build/$target/release" &&
        cp -r models examples shaders src "$root$PWD/" && cp -r tests/data "$root$PWD/tests/" &&
        cp "$out/build/$target/release/ddim.exe" "$root$out/build/$target/release/"
}

# left_out FILE: the tests that a list in scripts/dx12 names, with the reason, as words for the test program. Everything else must pass.
left_out() {
    sed -n 's/^\([^ #][^ ]*\) .*/--skip=\1/p' "scripts/dx12/$1.txt"
}

# programs NAME FILTER…: tests on the console.
programs() {
    local name="$1" started="$SECONDS" result
    shift
    on_console "$PWD" "Z:\\dx\\$name.exe" --test-threads 2 "$@" $(left_out wine_cannot)
    cp "$out/console.txt" "$out/$name.txt"
    tr -d '\r' <"$out/$name.txt" | grep -E '^test .*FAILED'
    result="$(tr -d '\r' <"$out/$name.txt" | grep '^test result')"
    if [[ "$result" == "test result: ok. "[1-9]* ]]; then
        say command "$name, ${result#test result: ok. }, in $((SECONDS - started)) s"
    else
        fail command "$name, ${result:-no result}: $out/$name.txt"
    fi
}

stage_command() {
    # The share of the drive that is the chroot, which Windows has for administrators.
    mkdir -p "$root/dx/prefix/dosdevices/unc/localhost" && ln -sfn / "$root/dx/prefix/dosdevices/unc/localhost/z\$"
    if windows_tests command --test main; then programs command cli::; else fail command "the tests do not compile for Windows"; fi
    if windows_tests library --lib; then programs library; else fail command "the library's tests do not compile for Windows"; fi
    if windows_tests program --bin ddim; then programs program; else fail command "the command's own tests do not compile for Windows"; fi
    proc && python3 scripts/dx12/terminal.py "$root" || fail command "scripts/dx12/terminal.py"
    say command "left out, as wine cannot: $(left_out wine_cannot | wc -l) tests (scripts/dx12/wine_cannot.txt)"
}

stage_tests() {
    # The command's tests have a stage of their own.
    local words="${DX12_TESTS:-}"
    windows_tests tests --test main || { fail tests "the tests do not compile for Windows"; return 1; }
    if [ -z "$words" ]; then
        words="kernels:: $(left_out fxc_takes_long)"
        say tests "left out, as FXC takes minutes for each: $(left_out fxc_takes_long | wc -l) tests (scripts/dx12/fxc_takes_long.txt)"
    fi
    wine tests.exe --test-threads 2 $words >"$out/tests.txt" 2>&1
    tr -d '\r' <"$out/tests.txt" | grep -E '^(test .*FAILED|test result)'
    grep -q '^test result: ok. [1-9]' "$out/tests.txt" || fail tests "$out/tests.txt"
}

[ $# -gt 0 ] || set -- noise verify samples layers inputs encode external
for stage in "$@"; do
    declare -F "stage_$stage" >/dev/null || { sed -n '2,28s/^# \{0,1\}//p' "$0" >&2; exit 2; }
done
# A Debian 13 with wine 10. Wine 8 (Debian 12) opens the adapter and computes zeros.
why="$(debian trixie "$root" wine64,wine,xvfb,libvulkan1,mesa-vulkan-drivers)" || skip "$why"
webgpu || skip "no npm, or no package webgpu (Microsoft's d3dcompiler_47.dll)"
why="$(choose_toolchain)" || skip "$why"
choose_toolchain
trap leave EXIT

cargo build --quiet --bin ddim || exit 1
host="$(cd "${CARGO_TARGET_DIR:-target}" && pwd)/debug/ddim"
# With planted faults, for the check of the checks.
windows_cargo build --quiet --bin ddim --features fault-injection || { echo "dx12: ddim.exe does not compile"; exit 1; }
mkdir -p "$root/dx" && cp "$out/build/$target/release/ddim.exe" "$tools/node_modules/webgpu/dist/win32-x64/d3dcompiler_47.dll" "$root/dx/" || exit 1
rm -rf "$root/dx/models" "$out/host/models"
cp -r models "$root/dx/" && cp -r models "$out/host/" || exit 1
# Of runs that were killed: wine hands out the same process numbers again,
# which the names are made of.
rm -f "$root"/dx/.ddim-*.part
wine ddim.exe devices --json >"$out/devices.json" 2>/dev/null
grep -q '"index": 0' "$out/devices.json" || { cat "$out/devices.json"; skip "wine finds no adapter"; }
say device "$(tr -d '\r' <"$out/devices.json" | sed -n 's/.*"name": "\(.*\)".*/\1/p' | head -n 1), $(chroot "$root" dpkg-query -W -f '${Package} ${Version}\n' wine mesa-vulkan-drivers | paste -sd, | sed 's/,/, /g')"
for stage in "$@"; do
    "stage_$stage"
done
exit "$failed"
