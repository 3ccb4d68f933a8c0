#!/usr/bin/env bash
# Whether a release can be built again: the archive of one commit, built twice, is the same bytes.
#
#   scripts/reproducible.sh [COMMIT]         HEAD by default: what is committed, as a release is
#
# The two builds have folders of other names and lengths, other home folders of cargo, time zones,
# locales and permissions of new files, and lie minutes apart. They share the machine, the compiler
# and the linker: those have to be the same to get a release's bytes, whose versions its
# ddim.cdx.json and its attestation name. Some 15 minutes on two cores, and half of it with
# CARGO_PROFILE_DIST_OPT_LEVEL=1, which is the same but for what the optimiser does. Exit status 1:
# they differ.
set -euo pipefail
cd "$(dirname "$0")/.."

commit="$(git rev-parse --verify "${1:-HEAD}^{commit}")"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
registry="${CARGO_HOME:-$HOME/.cargo}/registry"

# build FOLDER VARIABLE=VALUE…: the archive comes to FOLDER/target/archives.
build() {
    local folder="$1" started="$SECONDS"
    shift
    git clone --quiet --no-checkout . "$folder"
    git -C "$folder" checkout --quiet --detach "$commit"
    (cd "$folder" && env -u CARGO_TARGET_DIR -u RUSTFLAGS -u SOURCE_DATE_EPOCH -u DDIM_COMMIT "$@" \
        cargo xtask archive >"$work/log" 2>&1) || { cat "$work/log"; exit 1; }
    echo "reproducible: built in $folder in $((SECONDS - started)) s"
}

first="$work/a"
(umask 022 && build "$first" TZ=UTC LC_ALL=C)
# Cargo's home elsewhere, with what was downloaded for the first.
second="$work/another folder, with a long name/b"
mkdir -p "$work/home" "${second%/b}"
ln -s "$registry" "$work/home/registry"
(umask 077 && build "$second" TZ=Asia/Kathmandu LC_ALL=C.UTF-8 CARGO_HOME="$work/home")

status=0
for file in "$first"/target/archives/*; do
    other="$second/target/archives/${file##*/}"
    if cmp -s "$file" "$other"; then
        echo "reproducible: $(sha256sum <"$file" | cut -d' ' -f1) ${file##*/}, twice"
    else
        echo "reproducible: ${file##*/} DIFFERS: $(sha256sum <"$file" | cut -d' ' -f1), $(sha256sum <"$other" | cut -d' ' -f1)"
        status=1
    fi
done
program() { echo "$1"/target/*/dist/ddim; }
# The folders are no part of the program, nor is the user's home.
for name in "$work" "$HOME"; do
    if grep -qaF "$name/" "$(program "$first")"; then
        echo "reproducible: the program names $name: $(strings "$(program "$first")" | grep -F "$name/" | head -n 3)"
        status=1
    fi
done
if [ "$status" != 0 ]; then
    cmp "$(program "$first")" "$(program "$second")" | head -n 1 || true
    cp "$(program "$first")" target/ddim.first && cp "$(program "$second")" target/ddim.second
    echo "reproducible: both programs are kept: target/ddim.first, target/ddim.second"
fi
exit "$status"
