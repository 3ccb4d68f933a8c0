"""The command `ddim`, from the same code as the one that is built by cargo."""

from __future__ import annotations

import os
import sys
import tempfile


def main() -> int:
    """Does what the command line asks for; returns the exit code."""
    # Mesa looks for a Wayland display, and libwayland prints an error where there is no session.
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.gettempdir())
    from . import _native

    started_by = [sys.executable, "-m", "ddim_wgpu.command"]
    return _native.command(started_by, ["ddim", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
