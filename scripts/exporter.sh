#!/usr/bin/env bash
# The tests of python/export.py: modules of six packages of PyPI, exported and compared, in an
# environment of their own.
#
#   scripts/exporter.sh              make the environment if need be, test, and check the style
#   scripts/exporter.sh --fixtures   write tests/data/networks anew as well (but for trained-*: python/train_third_party.py)
#
# Needs Python 3.11 or later, PyPI, and 6 GB of disk for PyTorch. Without PyPI nothing is
# tested, which is said, and the exit status is 77; with DDIM_EXPORTER_PYTHON=… that
# Python is used as it is.
set -euo pipefail
cd "$(dirname "$0")/.."

environment="${CARGO_TARGET_DIR:-target}/exporter-venv"
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
fi

if [ "${1:-}" = --fixtures ]; then
    "$python" python/make_networks.py
fi
"$python" -m ruff check python
"$python" -m ruff format --check python
"$python" -m pytest -q -p no:cacheprovider python/tests
