#!/usr/bin/env bash
# Runs what README.md shows: every `sh` block, pasted as it is. One of the blocks is `scripts/test.sh`.
#
#   scripts/readme.sh            in a clone of this repository, with the changes of its tracked files, whose path
#                                has a space and the repository's own name in it, as users' clones have
#   scripts/readme.sh --here     in this folder, which is such a clone and keeps what the commands write
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/tools.sh

place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
if [ "${1:-}" != --here ]; then
    cloned "$place/a folder/ddim-wgpu"
    cd "$place/a folder/ddim-wgpu"
fi
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/target}"
# The first block builds the command, which the others take to be installed.
export PATH="$CARGO_TARGET_DIR/release:$PATH"
# The block that samples a model of one's own is shown below the Python that saves it.
cp -r tests/data/models/points my-model

blocks=$(sh_blocks README.md "$place/block-")
[ "$blocks" -gt 3 ] || { echo "README.md has only $blocks blocks of sh: is this script still right?" >&2; exit 1; }
for n in $(seq "$blocks"); do
    echo "== README.md, block $n: $(head -1 "$place/block-$n.sh")" >&2
    bash -euo pipefail "$place/block-$n.sh"
done
for file in digits.png samples.npy report.json; do
    [ -s "$file" ] || { echo "README.md's commands did not write $file" >&2; exit 1; }
done
