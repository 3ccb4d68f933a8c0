"""The command that the package installs, and what the package is."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
from conftest import REPOSITORY

import ddim_wgpu

COMMAND = shutil.which("ddim", path=str(Path(sys.executable).parent)) or "ddim"


def test_the_command_is_of_the_same_version() -> None:
    version = re.search(r'^version = "(.*)"', (REPOSITORY / "Cargo.toml").read_text(), re.M)
    assert version is not None
    said = subprocess.run([COMMAND, "--version"], capture_output=True, text=True, check=True).stdout
    assert said.split()[1] == version[1]
    assert ddim_wgpu.__version__ == version[1]
    assert metadata.version("ddim-wgpu") == version[1]


def test_the_command_writes_and_refuses_as_it_does(tmp_path: Path) -> None:
    picture = tmp_path / "digits.png"
    made = subprocess.run(
        [COMMAND, *f"sample --count 4 --steps 4 --device cpu --output {picture}".split()],
        check=False,
    )
    assert made.returncode == 0
    assert picture.read_bytes().startswith(b"\x89PNG")
    standard = subprocess.run(
        [COMMAND, *["sample", "--count", "2", "--steps", "2", "--device", "cpu", "--output", "-"]],
        capture_output=True,
        check=True,
    )
    assert standard.stdout.startswith(b"\x93NUMPY")
    for words, code in [
        ("sample --steps 0 --output x.npy", 2),
        ("sample --device nothing -o x.npy", 3),
    ]:
        refused = subprocess.run(
            [COMMAND, *words.split()], capture_output=True, text=True, check=False
        )
        assert (refused.returncode, refused.stdout) == (code, "")
        assert refused.stderr.startswith("error: ")


def test_the_command_starts_itself_again() -> None:
    """`ddim bench` measures how long it takes to start: the command, not Python."""
    words = [
        "-q",
        "bench",
        "--model",
        "digits",
        "--count",
        "2",
        "--steps",
        "2",
        "--device",
        "cpu",
        "--repetitions",
        "3",
        "--json",
    ]
    printed = subprocess.run([COMMAND, *words], capture_output=True, text=True, check=True).stdout
    assert json.loads(printed)["start_seconds"] > 0


@pytest.mark.skipif(sys.version_info < (3, 11), reason="no tomllib")
def test_the_commands_dependencies_are_the_librarys() -> None:
    """The command is compiled by two manifests, in which its dependencies are to be the same."""
    import tomllib

    def versions(manifest: Path) -> dict[str, object]:
        read = tomllib.loads(manifest.read_text())
        tables = [read["dependencies"]]
        tables += [target.get("dependencies", {}) for target in read.get("target", {}).values()]
        found = {name: entry for table in tables for name, entry in table.items()}
        return {
            name: entry.get("version") if isinstance(entry, dict) else entry
            for name, entry in found.items()
        }

    library = versions(REPOSITORY / "Cargo.toml")
    command = versions(REPOSITORY / "python" / "command" / "Cargo.toml")
    del command["ddim-wgpu"]
    assert len(command) > 10
    assert command == {name: library[name] for name in command}


def test_the_package_is_typed() -> None:
    package = Path(ddim_wgpu.__file__).parent
    assert (package / "py.typed").exists()
    assert (package / "_native.pyi").exists()


def test_the_extension_links_the_c_library_alone() -> None:
    if sys.platform != "linux" or shutil.which("readelf") is None:
        return
    extension = ddim_wgpu._native.__file__
    listed = subprocess.run(
        ["readelf", "-d", extension], capture_output=True, text=True, check=True
    ).stdout
    needed = set(re.findall(r"NEEDED.*\[(.*?)\]", listed))
    allowed = {
        "libc.so.6",
        "libm.so.6",
        "libgcc_s.so.1",
        "ld-linux-x86-64.so.2",
        "libpthread.so.0",
        "libdl.so.2",
    }
    assert needed <= allowed | {"ld-linux-aarch64.so.1"}, needed
