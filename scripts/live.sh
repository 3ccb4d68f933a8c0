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
Xvfb -displayfd 3 -screen 0 "${width}x${height}x24" -nolisten tcp -noreset 3>"$work/number" 2>/dev/null &
display=$!
read -r number <"$work/number"
export DISPLAY=:$number XDG_RUNTIME_DIR=${XDG_RUNTIME_DIR:-$work}
unset WAYLAND_DISPLAY
# The number is written before the server answers; and a server that resets itself when its last client leaves would refuse the next.
for _ in $(seq 100); do
    xdotool getdisplaygeometry >/dev/null 2>&1 && break
    sleep 0.1
done
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
# Where they are on the screen: 0.8 data units from the middle, of which one is 293 pixels; the mask takes 0.2 around each.
discs=$(awk 'BEGIN { for (i = 0; i < 8; i++) { x = 396 + 234.6 * cos(i * 0.785398); y = 335 + 234.6 * sin(i * 0.785398)
    printf "circle %.0f,%.0f %.0f,%.0f ", x, y, x + 59, y } }')
for name in noise data; do
    lit=$(measure "$name" mean -threshold 20%)
    there=$(convert "$work/$name-canvas.png" -threshold 20% \
        \( -size "${canvas%%+*}" xc:black -fill white -draw "$discs" \) -compose Multiply -composite -format '%[fx:mean]' info:)
    share=$(awk "BEGIN { print $there / ($lit + 1e-9) }")
    echo "8 Gaussians, $name: $lit of the canvas is lit, $share of that where the Gaussians are"
    holds "$lit > 0.005 && $lit < 0.5" "share of the canvas that is lit: $name"
    declare "${name}_share=$share"
done
holds "$noise_share < 0.4 && $data_share > 0.7" "light where the Gaussians are"

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

# Images sharpen. What is left of noise in averages over fourteen pixels, five of an image, is little; of digits it is most.
key 1
title 'digits, [0-9]+ of'
key Home
title 'digits, 0 of'
shoot static
key End
title "digits, ${name##* } of"
shoot digits
for name in static digits; do
    all=$(measure "$name" standard_deviation -crop 792x396+0+137 +repage)
    coarse=$(measure "$name" standard_deviation -crop 792x396+0+137 +repage -scale 7%)
    echo "$name: standard deviation $all, of averages $coarse"
    holds "$all > 0.1" "standard deviation of $name"
    declare "${name}_structure=$(awk "BEGIN { print $coarse / $all }")"
done
holds "$digits_structure > 2 * $static_structure" "structure of the digits beside that of noise"

if [ -n "$pictures" ]; then
    # Digits, without the plots: what a loaded machine measures says nothing. And the way of the dinosaur as a film, at first only
    # every eighth step, for little happens there.
    key p
    shoot picture
    convert "$work/picture.png" -dither None -colors 64 -strip "PNG8:$pictures/digits.png"
    key 3
    title 'dino, [0-9]+ of'
    xdotool mousemove 60 229 sleep 0.5 mousedown 1 sleep 0.5 mousemove --sync 98 229 sleep 0.5 mouseup 1
    key Home
    title 'dino, 0 of'
    rows=$(xdotool search --name 'ddim-wgpu live' getwindowname | sed 's/.* //')
    frames=()
    for row in $(seq 0 "$rows"); do
        title "dino, $row of"
        if [ $((row % 8)) = 0 ] || [ "$row" -gt $((rows - 10)) ]; then
            shoot film
            mv "$work/film.png" "$work/film-$row.png"
            frames+=(-delay "$((row == rows ? 200 : row == 0 ? 60 : 12))" "$work/film-$row.png")
        fi
        key Right
    done
    convert "${frames[@]}" -crop 670x670+385+2 +repage -resize 320x320 -dither None -colors 40 -layers Optimize -loop 0 \
        "$pictures/dino.gif"
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
