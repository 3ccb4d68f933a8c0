#!/usr/bin/env bash
# A host as README.md's dependency line makes one, without wgpu's backends: there the library says
# what is missing, or computes on the CPU, and does not panic. A package of its own, for the tests'
# dependencies bring backends.
set -euo pipefail
cd "$(dirname "$0")/.."

repository=$PWD
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$repository/target}"

# host FEATURES EXPECTED: what `Backend::auto` and a request for a GPU come to.
host() {
    mkdir -p "$place/src"
    cat >"$place/Cargo.toml" <<EOF
[package]
name = "bare-host"
version = "0.0.0"
edition = "2024"
[workspace]
[dependencies]
ddim-wgpu = { path = "$repository", default-features = false, features = [$1] }
EOF
    cp "$repository/Cargo.lock" "$place/Cargo.lock"
    cat >"$place/src/main.rs" <<'EOF'
use ddim_wgpu::gpu::headless::{self, DeviceRequest};

fn main() {
    assert!(headless::adapters().is_empty());
    let gpu = headless::choose(&DeviceRequest::Gpu).expect_err("there is no GPU");
    assert!(gpu.to_string().contains("features vulkan"), "{gpu}");
    match ddim_wgpu::Backend::auto() {
        Ok(backend) => println!("{}", backend.description()),
        Err(error) => println!("error: {error}"),
    }
}
EOF
    said=$(cargo run --quiet --manifest-path "$place/Cargo.toml")
    case "$said" in
        *"$2"*) echo "features [$1]: $said" ;;
        *) echo "features [$1]: expected \"$2\", but: $said" >&2; exit 1 ;;
    esac
}

host '"cpu-engine"' "native engine"
host '' "features vulkan, metal, dx12, gles, webgpu"
