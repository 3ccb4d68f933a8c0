#!/usr/bin/env bash
# Runs every test of the library and the command, with the WGSL kernels really executed.
#
# The GPU tests need an adapter. Where there is no Vulkan driver, this script installs Mesa's software driver (lavapipe) if it
# can, and otherwise says what to install. Arguments go to `cargo test`.
set -euo pipefail
cd "$(dirname "$0")/.."

has_vulkan_driver() {
    case "$(uname -s)" in
        Darwin | MINGW* | MSYS* | CYGWIN*) return 0 ;; # Metal and DX12 come with the system
    esac
    [ -n "${VK_DRIVER_FILES:-}${VK_ICD_FILENAMES:-}" ] && return 0
    for directory in /usr/share/vulkan/icd.d /usr/local/share/vulkan/icd.d /etc/vulkan/icd.d; do
        ls "$directory"/*.json >/dev/null 2>&1 && return 0
    done
    return 1
}

install_software_driver() {
    local as_root=()
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null && sudo -n true 2>/dev/null || return 1
        as_root=(sudo -n)
    fi
    if command -v apt-get >/dev/null; then
        "${as_root[@]}" apt-get update -qq &&
            "${as_root[@]}" apt-get install -y -qq --no-install-recommends libvulkan1 mesa-vulkan-drivers >/dev/null
    elif command -v dnf >/dev/null; then
        "${as_root[@]}" dnf install -y -q vulkan-loader mesa-vulkan-drivers
    elif command -v pacman >/dev/null; then
        "${as_root[@]}" pacman -S --noconfirm --needed vulkan-icd-loader vulkan-swrast
    else
        return 1
    fi
}

if ! has_vulkan_driver; then
    echo "no Vulkan driver found: installing Mesa's software driver" >&2
    install_software_driver || {
        echo "could not install it. Install a Vulkan driver and run this again:" >&2
        echo "  Debian, Ubuntu: sudo apt install libvulkan1 mesa-vulkan-drivers" >&2
        echo "  Fedora:         sudo dnf install vulkan-loader mesa-vulkan-drivers" >&2
        echo "  Arch:           sudo pacman -S vulkan-icd-loader vulkan-swrast" >&2
        exit 1
    }
fi

# Without one, Mesa's search for a Wayland display prints an error for every device that is listed.
export XDG_RUNTIME_DIR="${XDG_RUNTIME_DIR:-${TMPDIR:-/tmp}}"

cargo test "$@"
