# What several scripts need and can bring in themselves. To be sourced in the project's root.

webgpu_version=0.6.2
playwright_version=1.65.1
tools="${CARGO_TARGET_DIR:-target}/tools"
mkdir -p "$tools"
tools="$(cd "$tools" && pwd)"

# Debian packages, where this user may install them.
install() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
    apt-get install -y -qq --no-install-recommends "$@" >/dev/null 2>&1 ||
        { apt-get update -qq && apt-get install -y -qq --no-install-recommends "$@"; } >/dev/null 2>&1
}

# debian SUITE ROOT PACKAGES: a Debian in the folder ROOT, made once, with these packages; says why where it cannot be had.
debian() {
    local suite="$1" root="$2" packages="$3" log="${2%/*}/debootstrap.log"
    [ -f "$root/.complete" ] && return 0
    [ "$(id -u)" = 0 ] || { echo "not root, so no Debian can be made"; return 1; }
    command -v debootstrap >/dev/null || install debootstrap debian-archive-keyring || { echo "no debootstrap"; return 1; }
    rm -rf "$root"
    # Under the script of all of Debian's suites: an older debootstrap does not know a newer one's name.
    debootstrap --variant=minbase --include="$packages" "$suite" "$root" \
        http://deb.debian.org/debian /usr/share/debootstrap/scripts/sid >"$log" 2>&1 ||
        { echo "debootstrap failed: $log"; return 1; }
    touch "$root/.complete"
}

# cloned FOLDER: a clone of this repository there, with the changes of its tracked files. Some of what people
# meet is only met in a clone: files that git ignores or lacks, and the folder's own name.
cloned() {
    git clone --quiet . "$1"
    git diff --binary HEAD | git -C "$1" apply --allow-empty
}

# sh_blocks DOCUMENT PREFIX: the blocks of `sh` in a document, as PREFIX1.sh, PREFIX2.sh, …; says how many.
sh_blocks() {
    awk -v prefix="$2" '/^```sh$/ { block = 1; n++; next } /^```$/ { block = 0 } block { print > (prefix n ".sh") } END { print n }' "$1"
}

# Dawn for Node, and Microsoft's compilers beside it: npm's package
# `webgpu`, in $tools/node_modules.
webgpu() {
    [ -f "$tools/node_modules/webgpu/package.json" ] && return 0
    command -v npm >/dev/null || return 1
    npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$tools" "webgpu@$webgpu_version" >/dev/null 2>&1
}

# npm's package `playwright-core`, which drives a browser that is there, in $tools/node_modules.
playwright() {
    [ -f "$tools/node_modules/playwright-core/package.json" ] && return 0
    command -v npm >/dev/null || return 1
    npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$tools" "playwright-core@$playwright_version" >/dev/null 2>&1
}

# The path of a Chromium, which is installed if it can be.
chromium_browser() {
    local name
    for name in chromium chromium-browser google-chrome google-chrome-stable; do
        command -v "$name" && return 0
    done
    install chromium && command -v chromium
}

# The path of SwiftShader's library, unpacked from the package where it is not installed: the
# package would bring a browser's worth of others.
swiftshader() {
    local installed=/usr/lib/chromium/libvk_swiftshader.so
    [ -f "$installed" ] && { echo "$installed"; return 0; }
    local unpacked="$tools/chromium$installed"
    if [ ! -f "$unpacked" ]; then
        command -v apt-get >/dev/null && command -v dpkg >/dev/null || return 1
        (cd "$tools" && { apt-get download -qq chromium-common || { apt-get update -qq && apt-get download -qq chromium-common; }; } &&
            dpkg -x chromium-common_*.deb chromium && rm -f chromium-common_*.deb) >/dev/null 2>&1 || return 1
    fi
    [ -f "$unpacked" ] && echo "$unpacked"
}

# Makes SwiftShader the only Vulkan driver of this shell; fails where it cannot be had.
choose_swiftshader() {
    local library
    library="$(swiftshader)" || return 1
    printf '{"file_format_version": "1.0.0", "ICD": {"library_path": "%s", "api_version": "1.3.0"}}\n' "$library" \
        >"$tools/swiftshader_icd.json"
    export VK_DRIVER_FILES="$tools/swiftshader_icd.json" VK_ICD_FILENAMES="$tools/swiftshader_icd.json"
}
