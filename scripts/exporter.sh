#!/usr/bin/env bash
# What of the Python package needs PyTorch: the exporter, with modules of six packages of PyPI;
# diffusers' own tests of its scheduler; the guide, docs/python.md. In an environment of their own.
#
#   scripts/exporter.sh              make the environment if need be, and test
#   scripts/exporter.sh --fixtures   write tests/data/networks anew as well (but for trained-*: python/train_third_party.py)
#   scripts/exporter.sh --table      print the table of speed beside PyTorch's, for BENCHMARKS.md
#
# Needs Python 3.11 or later, PyPI, and 6 GB of disk for PyTorch. Without PyPI nothing is tested,
# which is said, and the exit status is 77; with DDIM_EXPORTER_PYTHON=… that Python is used as it
# is. DDIM_WHEEL=… is a wheel that `scripts/python.sh --wheel` has built.
set -euo pipefail
cd "$(dirname "$0")/.."

environment="$(realpath -m "${CARGO_TARGET_DIR:-target}")/exporter-venv"
skip() {
    echo "exporter.sh: SKIPPED, nothing was tested: $*" >&2
    exit 77
}

python=${DDIM_EXPORTER_PYTHON:-$environment/bin/python}
if [ -z "${DDIM_EXPORTER_PYTHON:-}" ]; then
    command -v python3 >/dev/null || skip "python3 is missing"
    # A stamp of what is installed: an environment that was cut short is made anew.
    wanted=$(cat python/requirements.txt python/requirements-authors.txt)
    if [ "$(cat "$environment/installed" 2>/dev/null)" != "$wanted" ]; then
        rm -rf "$environment"
        python3 -m venv "$environment" || skip "python3 cannot make virtual environments (Debian: apt install python3-venv)"
        # One small package tells whether PyPI can be reached; after that a failure is a failure.
        "$python" -m pip download --quiet --no-deps --dest "$environment/probe" tqdm \
            || skip "PyPI cannot be reached"
        "$python" -m pip install --quiet --requirement python/requirements.txt
        "$python" -m pip install --quiet --no-deps --requirement python/requirements-authors.txt
        printf '%s\n' "$wanted" >"$environment/installed"
    fi
    wheel=${DDIM_WHEEL:-$(scripts/python.sh --wheel)}
    "$python" -m pip install --quiet --disable-pip-version-check --force-reinstall --no-deps "$wheel"
fi

case "${1:-}" in
    --fixtures) "$python" python/make_networks.py ;;
    --table)
        "$python" python/speed.py
        exit
        ;;
esac
# diffusers' own tests are not in its wheel: those of a commit, or of a
# checkout that DIFFUSERS names.
commit=58eb52c0803ea9af3abec60841c2a093bdf1f951
if [ -z "${DIFFUSERS:-}" ]; then
    DIFFUSERS=$environment/diffusers
    if [ ! -e "$DIFFUSERS/tests/schedulers" ]; then
        rm -rf "$DIFFUSERS"
        git init --quiet "$DIFFUSERS"
        git -C "$DIFFUSERS" fetch --quiet --depth 1 https://github.com/huggingface/diffusers "$commit" \
            && git -C "$DIFFUSERS" checkout --quiet FETCH_HEAD -- tests \
            || { echo "exporter.sh: skipped diffusers' own tests: GitHub cannot be reached" >&2; DIFFUSERS=; }
    fi
fi
[ -z "$DIFFUSERS" ] || export DIFFUSERS
cd python
"$python" -m pytest -q -p no:cacheprovider tests/export tests/torch
"$python" guide.py ../docs/python.md
"$python" guide.py ../README.md
