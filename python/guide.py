"""Runs the Python of a document, all blocks one after another, in a directory that is removed.

python guide.py ../docs/python.md
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

_BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def main(document: str) -> None:
    """Runs every block; an error names the document's line."""
    text = Path(document).read_text(encoding="utf-8")
    blocks = list(_BLOCK.finditer(text))
    if not blocks:
        sys.exit(f"{document} has no Python")
    namespace: dict[str, Any] = {"__name__": "guide"}
    with tempfile.TemporaryDirectory() as directory:
        os.chdir(directory)
        for block in blocks:
            lines = text[: block.start(1)].count("\n")
            code = compile("\n" * lines + block[1], document, "exec")
            exec(code, namespace)
        os.chdir("/")
    print(f"{document}: {len(blocks)} blocks ran")


if __name__ == "__main__":
    main(str(Path(sys.argv[1]).resolve()))
