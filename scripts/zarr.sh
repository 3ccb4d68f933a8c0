#!/usr/bin/env bash
# What others make of `ddim`'s arrays and shards: zarr-python, xarray and dask read them, and
# HyperQueue runs them, in an environment of their own.
#
#   scripts/zarr.sh [DDIM]      the command to try; default: it is built
#
# Needs Python 3.11 or later and PyPI. Without them nothing is tested, which is said, and the exit
# status is 77.
set -euo pipefail
cd "$(dirname "$0")/.."

environment="${CARGO_TARGET_DIR:-target}/zarr-venv"
skip() {
    echo "zarr.sh: SKIPPED, nothing was tested: $*" >&2
    exit 77
}

python=$environment/bin/python
command -v python3 >/dev/null || skip "python3 is missing"
# A stamp of what is installed: an environment that was cut short is made anew.
wanted=$(cat scripts/zarr/requirements.txt)
if [ "$(cat "$environment/installed" 2>/dev/null)" != "$wanted" ]; then
    rm -rf "$environment"
    python3 -m venv "$environment" || skip "python3 cannot make virtual environments (Debian: apt install python3-venv)"
    # One small package tells whether PyPI can be reached; after that a failure is a failure.
    "$python" -m pip download --quiet --no-deps --dest "$environment/probe" tqdm || skip "PyPI cannot be reached"
    "$python" -m pip install --quiet --requirement scripts/zarr/requirements.txt
    printf '%s\n' "$wanted" >"$environment/installed"
fi

ddim=${1:-}
if [ -z "$ddim" ]; then
    cargo build --bin ddim
    ddim=${CARGO_TARGET_DIR:-target}/debug/ddim
fi
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
"$python" scripts/zarr/read.py "$ddim" "$place/read"
"$python" scripts/zarr/hyperqueue_run.py "$ddim" "$place/hyperqueue"
"$environment/bin/kubernetes-validate" --strict scripts/cluster/kubernetes.yaml
