#!/usr/bin/env python3
"""The Windows command as one sees it on a console, which wine draws on a terminal of Unix: terminal.py CHROOT.

Progress in the width that there is, colours where they are wanted, Ctrl-C. Prints a line a check; exit status 1: one failed.
"""

import fcntl
import os
import pathlib
import pty
import re
import select
import shutil
import struct
import sys
import termios
import time

root = pathlib.Path(sys.argv[1])
folder = root / "dx/console"
# Some gigabytes: it cannot be done before it is interrupted.
COMMAND = "ddim.exe noise --device cpu --count 10000000 --dims 100 --output console/out.npy"
# What one would see of a progress bar.
BAR = "━"


def run(columns, seconds, variables, command=COMMAND):
    """What is on the terminal after so many seconds and Ctrl-C, the exit status, and the seconds that it took to end."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    pid, terminal = pty.fork()
    if pid == 0:
        os.chroot(root)
        os.chdir("/dx")
        clean = {"PATH": os.environ["PATH"], "HOME": "/root", "XDG_RUNTIME_DIR": "/tmp", "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}
        wine = {"WINEPREFIX": "/dx/prefix", "WINEDEBUG": "-all", "VK_DRIVER_FILES": "/none"}
        program = next(path for path in ("/usr/lib/wine/wine64", "/usr/bin/wine64", "/usr/bin/wine") if os.path.exists(path))
        os.execve(program, [program, *command.split()], {**clean, **wine, **variables})
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    seen, started, writing, interrupted = b"", time.monotonic(), None, None
    while True:
        now = time.monotonic()
        # The clock starts with the file, as wine needs a while before.
        if writing is None and (any(folder.iterdir()) or now - started > 60):
            writing = now
        if interrupted is None and writing is not None and now - writing > seconds:
            os.write(terminal, b"\x03")
            interrupted = now
        if interrupted is not None and now - interrupted > 20:
            os.kill(pid, 9)
        if select.select([terminal], [], [], 0.1)[0]:
            try:
                more = os.read(terminal, 65536)
            except OSError:
                more = b""
            if not more:
                break
            seen += more
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    ended = time.monotonic() - (interrupted or started)
    return seen.decode(errors="replace"), status, ended


failed = False


def check(what, holds, seen):
    global failed
    print(f"{'command':9} {what}{'' if holds else ' FAILED: ' + repr(seen[-600:])}")
    failed |= not holds


# A colour of the foreground or the background, whichever way it is written.
COLOUR = re.compile(r"\x1b\[[0-9;]*?(?<![0-9])(?:3[1-7]|9[0-7]|[34]8;[25])[;0-9]*m")

wide, status, ended = run(100, 6, {})
check("progress on 100 columns has a bar", BAR in wide and "left" in wide, wide)
check("in colours", COLOUR.search(wide), wide)
check(f"Ctrl-C ends it with 130 in {ended:.1f} s", status == 130 and ended < 5, f"status {status}; {wide}")
check("and leaves nothing", not any(folder.iterdir()), str(list(folder.iterdir())))
plain, status, _ = run(100, 6, {"NO_COLOR": "1"})
check("NO_COLOR takes the colours away", BAR in plain and not COLOUR.search(plain), plain)
narrow, status, _ = run(40, 6, {})
check("progress on 40 columns is numbers alone", BAR not in narrow and "left" in narrow, narrow)
sys.exit(failed)
