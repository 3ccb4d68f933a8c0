"""Runs the Python of a document, line by line as at a prompt, in a directory that is removed.

A prompt ends a block at its first empty line: what runs as a file may not run when it is pasted.

python guide.py ../docs/python.md
"""

from __future__ import annotations

import code
import os
import re
import sys
import tempfile
from pathlib import Path

_BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Prompt(code.InteractiveConsole):
    """A prompt at which an error ends the program."""

    def showtraceback(self) -> None:
        """Raises what a line raised."""
        raise  # noqa: PLE0704 - called while an exception is handled

    def showsyntaxerror(self, filename: str | None = None, **_: object) -> None:
        """Raises what is wrong with a line."""
        raise  # noqa: PLE0704


def main(document: str) -> None:
    """Runs every block; an error names the document's line."""
    text = Path(document).read_text(encoding="utf-8")
    blocks = list(_BLOCK.finditer(text))
    if not blocks:
        sys.exit(f"{document} has no Python")
    prompt = Prompt()
    with tempfile.TemporaryDirectory() as directory:
        os.chdir(directory)
        for block in blocks:
            first = text[: block.start(1)].count("\n") + 1
            for line, source in enumerate([*block[1].splitlines(), ""], first):
                try:
                    prompt.push(source)
                except BaseException:
                    print(f"{document}:{line}: {source}", file=sys.stderr)
                    raise
        os.chdir("/")
    print(f"{document}: {len(blocks)} blocks ran")


if __name__ == "__main__":
    main(str(Path(sys.argv[1]).resolve()))
