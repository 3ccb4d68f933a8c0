"""Small denoisers as their authors publish them on PyPI, imported without the rest of what their packages need."""

from __future__ import annotations

import contextlib
import importlib.abc
import importlib.machinery
import sys
from collections.abc import Iterator, Sequence
from types import ModuleType
from typing import Any
from unittest.mock import MagicMock


class _AnyClass(type):
    """A class of which every attribute can be called."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return MagicMock(name=name)


class _StandIn(ModuleType):
    """A module whose every name can be called, subclassed and ignored."""

    __all__: Sequence[str] = ()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        made = (
            _AnyClass(name, (), {"__init__": lambda *_, **__: None})
            if name[:1].isupper()
            else MagicMock(name=name)
        )
        setattr(self, name, made)
        return made


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Comes after every other finder, and finds what they did not, for one package."""

    def __init__(self, package: str) -> None:
        self._package = package

    def find_spec(
        self, fullname: str, path: object = None, target: object = None
    ) -> importlib.machinery.ModuleSpec | None:
        inside = isinstance(sys.modules.get(fullname.rpartition(".")[0]), _StandIn)
        if fullname.split(".", maxsplit=1)[0] != self._package and (
            inside or _importer() == self._package
        ):
            return importlib.machinery.ModuleSpec(fullname, self, is_package=True)
        return None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        made = _StandIn(spec.name)
        made.__path__ = []
        return made

    def exec_module(self, module: ModuleType) -> None:
        pass


def _importer() -> str:
    """The package whose code imports something now."""
    frame = sys._getframe(1)
    while frame.f_globals.get("__name__", "") in (
        __name__,
        "importlib._bootstrap",
        "importlib._bootstrap_external",
        "importlib",
    ):
        if frame.f_back is None:
            return ""
        frame = frame.f_back
    return frame.f_globals.get("__name__", "").split(".")[0]


@contextlib.contextmanager
def stand_ins(package: str) -> Iterator[None]:
    """While it lasts, what `package` imports and is not installed is a stand-in.

    The packages import a hundred others beside the few lines that a network needs. What a network
    does need must be installed: a stand-in in its way shows as a failure of the tracer.
    """
    finder = _Finder(package)
    before = set(sys.modules)
    sys.modules.setdefault("torch.utils.tensorboard", _StandIn("torch.utils.tensorboard"))
    sys.modules.setdefault(
        "torch.utils.tensorboard.writer", _StandIn("torch.utils.tensorboard.writer")
    )
    sys.meta_path.append(finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        # So that others who ask for them hear the truth.
        for name in set(sys.modules) - before:
            if isinstance(sys.modules[name], _StandIn):
                del sys.modules[name]
