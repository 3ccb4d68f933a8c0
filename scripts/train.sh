#!/usr/bin/env bash
# Runs the commands of docs/train.md in an empty folder and looks at what they made: two moons in less
# than five minutes and within 1.5 times of data's own distance, and the models' networks beside
# PyTorch by README.md's module.
#
#   scripts/train.sh        the commands, on the CPU
#   scripts/train.sh gpu    a short run on every device of `ddim devices`, beside the CPU's (compiles burn's GPU part)
#
# DDIM_TRAIN_KEEP=1 leaves the folder. The comparison with PyTorch needs python3 with torch, numpy and
# safetensors (DDIM_PYTHON), and is skipped without, which is said.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/tools.sh

repository=$PWD
features=--no-default-features
[ "${1:-}" != gpu ] || features=
cargo build --quiet --release --bin ddim
# shellcheck disable=SC2086
cargo build --quiet --release --package ddim-train $features
PATH="$(realpath -m "${CARGO_TARGET_DIR:-target}")/release:$PATH"
place=$(mktemp -d)
[ -n "${DDIM_TRAIN_KEEP:-}" ] || trap 'rm -rf "$place"' EXIT
cd "$place"

if [ "${1:-}" = gpu ]; then
    "$repository/scripts/train/devices.sh"
    exit
fi

mkdir docs
cp -r "$repository/docs/train" docs/train
sh_blocks "$repository/docs/train.md" block- >/dev/null
for block in block-?.sh; do
    if grep -q 'pip download' "$block" && ! command -v pip >/dev/null; then
        echo "train.sh: skipped $block, which needs pip and unzip" >&2
        continue
    fi
    begun=$SECONDS
    echo "== docs/train.md: $(head -1 "$block")" >&2
    bash -euo pipefail "$block"
    echo "== $((SECONDS - begun)) s" >&2
    if [ "$block" = block-1.sh ] && [ $((SECONDS - begun)) -ge 300 ]; then
        echo "train.sh: two moons took more than five minutes" >&2
        exit 1
    fi
done

# As the card has it: samples, and rows trained on, from the rows held out.
distances=$(sed -n 's/^Sliced Wasserstein distance, scaled data: \([0-9.]*\); of as many rows trained on: \([0-9.]*\)\.$/\1 \2/p' moons/README.md)
awk -v distances="$distances" 'BEGIN {
    if (split(distances, d, " ") != 2 || d[1] > 1.5 * d[2]) { print "train.sh: moons, distances " distances > "/dev/stderr"; exit 1 }
}'
python=${DDIM_PYTHON:-python3}
if "$python" -c 'import torch, safetensors, numpy' 2>/dev/null; then
    "$python" "$repository/scripts/train/pytorch.py" moons knight
else
    echo "train.sh: skipped the comparison with PyTorch: DDIM_PYTHON has no torch, safetensors and numpy" >&2
fi
