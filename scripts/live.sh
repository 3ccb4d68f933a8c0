#!/usr/bin/env bash
# Starts examples/live on a virtual display, drives it with synthetic keys and mouse, and checks what is on the screen.
#
#   scripts/live.sh                    check
#   scripts/live.sh --pictures FOLDER  check, and make the pictures of examples/README.md
#
# Needs Xvfb, xdotool and ImageMagick (Debian, Ubuntu: sudo apt install xvfb xdotool imagemagick), and a Vulkan driver; a software
# one will do (mesa-vulkan-drivers).
set -euo pipefail
cd "$(dirname "$0")/.."

pictures=
if [ "${1:-}" = --pictures ]; then
    pictures=$(realpath "${2:?--pictures FOLDER}")
fi
for tool in Xvfb xdotool import convert; do
    command -v "$tool" >/dev/null || {
        echo "live.sh: $tool is missing: sudo apt install xvfb xdotool imagemagick" >&2
        exit 1
    }
done

cargo build --quiet --example live
program=${CARGO_TARGET_DIR:-target}/debug/examples/live

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
    echo "live.sh: $*" >&2
    sed 's/^/  stderr: /' "$work/stderr" >&2
    cp "$work"/*.png /tmp 2>/dev/null && echo "live.sh: the screenshots are in /tmp" >&2
    exit 1
}

width=1120 height=760
# The canvas: right of the controls, above the transport.
canvas=$((width - 320 - 8))x$((height - 90))+324+2

mkfifo "$work/number"
Xvfb -displayfd 3 -screen 0 "${width}x${height}x24" -nolisten tcp 3>"$work/number" 2>/dev/null &
display=$!
read -r number <"$work/number"
export DISPLAY=:$number XDG_RUNTIME_DIR=${XDG_RUNTIME_DIR:-$work}
unset WAYLAND_DISPLAY
"$program" --report >"$work/report" 2>"$work/stderr" &
app=$!

# Waits until the window's title matches; a software driver compiles its shaders meanwhile.
title() {
    for _ in $(seq 1200); do
        kill -0 "$app" 2>/dev/null || fail "the app ended while \"$1\" was awaited"
        xdotool search --name "$1" >/dev/null 2>&1 && return
        sleep 0.1
    done
    fail "no title \"$1\"; it is $(xdotool search --name ddim getwindowname 2>/dev/null)"
}
key() { xdotool key --delay 40 "$@"; }
shoot() {
    sleep 0.7 # the frame after the title's
    import -window root "$work/$1.png"
    convert "$work/$1.png" -crop "$canvas" +repage -colorspace Gray "$work/$1-canvas.png"
}
measure() { convert "$work/$1-canvas.png" "${@:3}" -format "%[fx:$2]" info:; }
holds() { awk "BEGIN { exit !($1) }" || fail "not so: $1 ($2)"; }

# Points flow from noise to data: first the noise, then, played, the eight Gaussians, which are known exactly.
title 'ddim-wgpu live: dino'
# There is no window manager to give the window the keyboard.
xdotool search --name 'ddim-wgpu live' windowfocus --sync
key 4
title '8 Gaussians, exact, [0-9]+ of'
key Home
title ', 0 of 50'
shoot noise
key space
title ', 50 of 50'
shoot data
before=$(measure noise mean -threshold 20%)
after=$(measure data mean -threshold 20%)
holds "$before > 0.01" "share of the canvas that is lit by noise"
holds "$after > 0.002 && $after < 0.5 * $before" "share that is lit by data, beside $before by noise"

# Single steps, forth and back, give the same picture.
key Left
title ', 49 of 50'
key Right
title ', 50 of 50'
shoot again
different=$(convert "$work/data-canvas.png" "$work/again-canvas.png" -metric AE -compare -format '%[distortion]' info: 2>/dev/null || true)
holds "${different:-1} == 0" "pixels that differ after a step back and forth"

# Dragging the slider of steps changes the plan; the run goes on, on another way.
xdotool mousemove 100 229 sleep 0.5 mousedown 1 sleep 0.5 mousemove --sync 60 229 sleep 0.5 mouseup 1
for _ in $(seq 100); do
    name=$(xdotool search --name 'ddim-wgpu live' getwindowname)
    [ "${name##* }" != 50 ] && break
    sleep 0.1
done
[ "${name##* }" != 50 ] || fail "the slider moved, but the title is still \"$name\""

# Images sharpen. What averages out over seven pixels is noise.
key 1
title 'digits, [0-9]+ of'
key Home
title 'digits, 0 of'
shoot static
key End
title "digits, ${name##* } of"
shoot digits
for name in static digits; do
    all=$(measure "$name" standard_deviation)
    coarse=$(measure "$name" standard_deviation -scale 14.3%)
    holds "$all > 0.1" "standard deviation of $name"
    echo "$name: standard deviation $all, of averages $coarse"
    declare "${name}_structure=$(awk "BEGIN { print $coarse / $all }")"
done
holds "${digits_structure} > 1.5 * ${static_structure}" "structure of the digits beside that of noise"

if [ -n "$pictures" ]; then
    . scripts/live-pictures.sh
fi

key Escape
for _ in $(seq 100); do
    kill -0 "$app" 2>/dev/null || break
    sleep 0.1
done
wait "$app" || fail "the app ended with status $?"
app=
if grep -qiE 'panicked|validation|wgpu error' "$work/stderr"; then
    fail "the app complained"
fi

# Frames were drawn while runs were made: no frame held a whole one.
cat "$work/report"
field() { sed -E "s/.*\"$1\": ([0-9.]+).*/\1/" "$work/report"; }
holds "$(field runs_finished) >= 3" "runs that were finished"
holds "$(field frames_with_rows) >= 60" "frames with rows"
holds "$(field most_rows_in_a_frame) < 25" "most rows in one frame, of runs of at least 50"
echo "live.sh: ok"
