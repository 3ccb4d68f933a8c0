#!/usr/bin/env bash
# The Python package: its wheel, built and installed in an empty environment,
# and what is checked of it.
#
#   scripts/python.sh            build, install, test; types and style; with PyTorch what needs it
#   scripts/python.sh --wheel    build the wheel alone, and print its path
#
# DDIM_WHEEL_PROFILE=dev builds a slower wheel in less time. What PyPI is needed for is left
# out without it, which is said; the exit status is 77 if nothing was tested.
# scripts/exporter.sh has what needs PyTorch.
set -euo pipefail
cd "$(dirname "$0")/.."

target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
tools=$target/python-tools environment=$target/python-venv
profile=${DDIM_WHEEL_PROFILE:-release}
# Of Python 3.11 and later; older ones may lack them.
MATURIN="maturin==1.16.0" CHECKS="pytest==9.2.0 mypy==2.4.1 ruff==0.17.6 tqdm==4.70.1 pillow"

[ "$(uname -s)" != Linux ] || MATURIN="$MATURIN ziglang==0.17.1"

say() { echo "python.sh: $*" >&2; }
skip() {
    say "SKIPPED, nothing was tested: $*"
    exit 77
}

# Where a virtual environment has its programs.
programs() { if [ -d "$1/Scripts" ]; then echo "$1/Scripts"; else echo "$1/bin"; fi; }

install_tools() {
    if [ "$(cat "$tools/installed" 2>/dev/null)" != "$MATURIN" ]; then
        rm -rf "$tools"
        python3 -m venv "$tools" || skip "python3 cannot make virtual environments (Debian: apt install python3-venv)"
        # One small package tells whether PyPI can be reached; after that a failure is a failure.
        "$(programs "$tools")/python" -m pip download --quiet --disable-pip-version-check --no-deps --dest "$tools/probe" tqdm >&2 \
            || skip "PyPI cannot be reached"
        # shellcheck disable=SC2086
        "$(programs "$tools")/python" -m pip install --quiet --disable-pip-version-check $MATURIN >&2
        echo "$MATURIN" >"$tools/installed"
    fi
}

# The wheel asks for glibc 2.28, the oldest that zig links the vector library's functions for;
# without zig it would ask for that of the machine it is built on.
build_wheel() {
    local compatibility=()
    [ "$(uname -s)" = Linux ] && compatibility=(--zig --compatibility manylinux_2_28)
    rm -rf "$target/wheels"
    # For `ddim --version`.
    DDIM_COMMIT=$(git rev-parse --short=12 HEAD 2>/dev/null || echo unknown) PATH="$(programs "$tools"):$PATH" \
        maturin build --manifest-path python/Cargo.toml --profile "$profile" --compression-level 9 --out "$target/wheels" \
        "${compatibility[@]}" >&2
    ls "$target"/wheels/*.whl
}

command -v python3 >/dev/null || skip "python3 is missing"
if [ "${1:-}" != --wheel ]; then
    (cd python && cargo fmt --check && cargo fmt --check --package ddim-command)
fi
install_tools
wheel=$(build_wheel)
if [ "${1:-}" = --wheel ]; then
    echo "$wheel"
    exit
fi

bytes=$(wc -c <"$wheel")
say "$(basename "$wheel"): $bytes bytes"
if [ "$profile" = release ] && [ "$bytes" -gt 12000000 ]; then
    say "the wheel is larger than 12 MB"
    exit 1
fi

rm -rf "$environment"
python3 -m venv "$environment"
python=$environment/bin/python
pip() { "$python" -m pip install --quiet --disable-pip-version-check "$@"; }
pip "$wheel"
# With the package and NumPy alone: five lines, and the command's bits.
cd "$environment"
"$python" - <<'PYTHON'
import ddim_wgpu, numpy, subprocess, sys
pipe = ddim_wgpu.Pipeline.from_pretrained("digits", device="cpu")
samples = pipe(60, num_inference_steps=50, seed=42, class_labels="all").samples
words = "-q sample --count 60 --steps 50 --seed 42 --class all --device cpu --output x.npy".split()
subprocess.run([f"{sys.prefix}/bin/ddim", *words], check=True)
assert numpy.array_equal(samples, numpy.load("x.npy")), "not the command's bits"
PYTHON
cd - >/dev/null
# shellcheck disable=SC2086
pip $CHECKS
(
    cd python
    "$python" -m ruff check .
    "$python" -m ruff format --check .
    "$python" -m mypy
    "$python" -m mypy.stubtest ddim_wgpu._native
    "$python" -m pytest -q -p no:cacheprovider --ignore=tests/torch --ignore=tests/export
)
if [ "${DDIM_WITHOUT_TORCH:-0}" = 1 ]; then
    say "skipped what needs PyTorch, as DDIM_WITHOUT_TORCH says"
else
    DDIM_WHEEL=$wheel scripts/exporter.sh || { [ $? = 77 ] && say "skipped what needs PyTorch"; }
fi
