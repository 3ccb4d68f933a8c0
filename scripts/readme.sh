#!/usr/bin/env bash
# Runs what README.md shows: every `sh` block, pasted as it is into a clone of this repository with
# the changes of its tracked files. The clone's path has a space and the repository's own name in it,
# as users' clones have. One of the blocks is `scripts/test.sh`.
#
#   scripts/readme.sh [FOLDER]     FOLDER, an absolute path, is the build directory, for others to go on with:
#                                  what is of this workspace is taken out of it at the end.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/tools.sh

repository=$PWD
place=$(mktemp -d)
clone="$place/a folder/ddim-wgpu"
handed_on="${1:-}"
export CARGO_TARGET_DIR="${handed_on:-$clone/target}"
leave() {
    local state=$?
    cd "$repository"
    rm -rf "$place"
    # Cargo takes a build of another checkout, newer than the sources here, for one of these, though paths of
    # the other are in it.
    if [ -d "$handed_on" ]; then
        cargo clean --quiet --workspace
        cargo clean --quiet --workspace --release
    fi
    exit "$state"
}
trap leave EXIT
git clone --quiet "$repository" "$clone"
git diff --binary HEAD | git -C "$clone" apply --allow-empty
cd "$clone"
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
