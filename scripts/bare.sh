#!/usr/bin/env bash
# A host as README.md's dependency line makes one, without wgpu's backends: there the library says
# what is missing, or computes on the CPU, and does not panic. A package of its own, for the tests'
# dependencies bring backends; and built without optimisation, as a host's debug build is, where the engine
# must not need more stack than threads have.
set -euo pipefail
cd "$(dirname "$0")/.."

repository=$PWD
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
# Nobody debugs these hosts.
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$repository/target}" CARGO_PROFILE_DEV_DEBUG=0

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

fn sampled(backend: &ddim_wgpu::Backend) {
    for folder in ["models/points", "models/images", "networks/tiny-diffusion-mlp"] {
        let model = format!("{}/tests/data/{folder}", std::env::var("REPOSITORY").expect("set"));
        let model = ddim_wgpu::network::Model::load(model).expect("a fixture");
        let plan = ddim_wgpu::diffusion::Plan::ddim(model.scheduler().clone()).steps(3).build();
        let plan = plan.expect("a plan");
        let session = ddim_wgpu::Session::new(backend, &model, &plan).expect("a session");
        for count in [1, 3, 200] {
            let samples = session.sample(&ddim_wgpu::Batch::new(count)).expect("samples");
            assert!(samples.values().iter().all(|value| value.is_finite()));
        }
    }
}

fn main() {
    assert!(headless::adapters().is_empty());
    let gpu = headless::choose(&DeviceRequest::Gpu).expect_err("there is no GPU");
    assert!(gpu.to_string().contains("features vulkan"), "{gpu}");
    match ddim_wgpu::Backend::auto() {
        Ok(backend) => {
            println!("{}", backend.description());
            std::thread::spawn(move || sampled(&backend)).join().expect("room on the stack");
        }
        Err(error) => println!("error: {error}"),
    }
}
EOF
    said=$(REPOSITORY="$repository" cargo run --quiet --manifest-path "$place/Cargo.toml")
    case "$said" in
        *"$2"*) echo "features [$1]: $said" ;;
        *) echo "features [$1]: expected \"$2\", but: $said" >&2; exit 1 ;;
    esac
}

host '"cpu-engine"' "native engine"
host '' "features vulkan, metal, dx12, gles, webgpu"
