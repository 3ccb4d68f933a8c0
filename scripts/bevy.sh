#!/usr/bin/env bash
# Starts examples/bevy_particles on a virtual display and checks that noise becomes the dinosaur, twice, in the same window.
#
#   scripts/bevy.sh                    check
#   scripts/bevy.sh --picture FILE     check, and make the picture of examples/README.md
#
# Needs Xvfb, xdotool and ImageMagick (Debian, Ubuntu: sudo apt install xvfb xdotool imagemagick), a Vulkan driver (a software one
# will do: mesa-vulkan-drivers), and the Rust of examples/bevy_particles/rust-toolchain.toml. Bevy takes minutes to compile.
set -euo pipefail
cd "$(dirname "$0")/.."

picture=
if [ "${1:-}" = --picture ]; then
    picture=$(realpath "${2:?--picture FILE}")
fi
skip() {
    echo "bevy.sh: skipped: $*" >&2
    exit 1
}
for tool in Xvfb xdotool import convert; do
    command -v "$tool" >/dev/null || skip "$tool is missing: sudo apt install xvfb xdotool imagemagick"
done
cd examples/bevy_particles
cargo --version >/dev/null 2>&1 || skip "rust-toolchain.toml's Rust is missing: rustup toolchain install"
cargo build --quiet --locked
program=${CARGO_TARGET_DIR:-target}/debug/bevy_particles

work=$(mktemp -d)
app=
display=
finish() {
    # Only what was started here.
    [ -n "$app" ] && kill "$app" 2>/dev/null || true
    [ -n "$display" ] && kill "$display" 2>/dev/null || true
    rm -rf "$work"
}
trap finish EXIT

fail() {
    echo "bevy.sh: $*" >&2
    sed 's/^/  stderr: /' "$work/stderr" >&2
    cp "$work"/*.png /tmp 2>/dev/null && echo "bevy.sh: the screenshots are in /tmp" >&2
    exit 1
}

mkfifo "$work/number"
Xvfb -displayfd 3 -screen 0 900x900x24 -nolisten tcp -noreset 3>"$work/number" 2>/dev/null &
display=$!
read -r number <"$work/number"
export DISPLAY=:$number XDG_RUNTIME_DIR=${XDG_RUNTIME_DIR:-$work}
unset WAYLAND_DISPLAY
# The number is written before the server answers; and a server that resets itself when its last client leaves would refuse the next.
for _ in $(seq 100); do
    xdotool getdisplaygeometry >/dev/null 2>&1 && break
    sleep 0.1
done
NO_COLOR=1 "$program" >"$work/stderr" 2>&1 &
app=$!

# Waits for a screenshot of noise or of data. The window shows −1.6 to 1.6 in 900 pixels. Of standard normal points less than two
# thirds are in the square from −1 to 1, in which data are, and hardly a cell of 19 pixels of that square is dark; of data all are, and
# most cells are dark.
square=(-crop 570x570+165+165 +repage)
await() {
    local seen=nothing until=$((SECONDS + 180))
    while [ $SECONDS -lt $until ]; do
        kill -0 "$app" 2>/dev/null || fail "the app ended while $1 was awaited"
        import -window root "$work/$1.png"
        convert "$work/$1.png" -colorspace Gray -threshold 20% "$work/lit.png"
        lit=$(convert "$work/lit.png" -format '%[fx:mean]' info:)
        share=$(convert "$work/lit.png" "${square[@]}" -format "%[fx:mean * 570 * 570 / 900 / 900 / ($lit + 1e-9)]" info:)
        dark=$(convert "$work/lit.png" "${square[@]}" -scale 30x30 -threshold 5% -format '%[fx:1 - mean]' info:)
        seen="$lit of the window is lit, $share of that in the square of data, $dark of whose cells are dark"
        case $1 in
            noise*) so="$lit > 0.02 && $share < 0.75 && $dark < 0.1" ;;
            data*) so="$lit > 0.005 && $share > 0.99 && $dark > 0.55" ;;
        esac
        if awk "BEGIN { exit !($so) }"; then
            echo "$1: $seen"
            return
        fi
        sleep 0.2
    done
    fail "never saw $1: $seen"
}
await noise
await data
# The next seed, in the same buffers: other points of the same figure.
await noise-again
await data-again
different=$(convert "$work/data.png" "$work/data-again.png" -metric AE -compare -format '%[distortion]' info:)
awk "BEGIN { exit !($different > 1000) }" || fail "another seed gave the same picture"

if [ -n "$picture" ]; then
    convert "$work/noise.png" "$work/data.png" +append -resize 50% -dither None -colors 32 -strip "PNG8:$picture"
fi

# Closed while the device is at work. There is no window manager to give the window the keyboard.
xdotool search --name 'ddim-wgpu in bevy' windowfocus --sync key --window 0 Escape
for _ in $(seq 100); do
    kill -0 "$app" 2>/dev/null || break
    sleep 0.1
done
wait "$app" || fail "the app ended with status $?"
app=
if grep -qE '[Vv]alidation|panicked|ERROR' "$work/stderr"; then
    fail "the app complained"
fi
echo "bevy.sh: ok"
