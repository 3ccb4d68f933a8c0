"""Progress, by tqdm where it is installed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Union

#: None: a bar on a terminal, where tqdm is installed. True: a bar; False: none. Or a function that is
#: called with what is done and all there is, in samples times rows, and stops the run by `False`.
Progress = Union[None, bool, Callable[[int, int], object]]


@contextmanager
def progress_of(wanted: Progress) -> Iterator[Callable[[int, int], object] | None]:
    """What a run is to tell its progress to, as long as it lasts.

    Raises
    ------
    ImportError
        If a bar is asked for and tqdm is not installed.
    TypeError
        If it is none of these.
    """
    if not (wanted is None or isinstance(wanted, bool) or callable(wanted)):
        raise TypeError(f"progress is {wanted!r}: give True, False or a function")
    if callable(wanted):
        yield wanted
    elif wanted is False or (wanted is None and not _shows_bars()):
        yield None
    else:
        from tqdm.auto import tqdm

        with tqdm(total=1, unit="", bar_format="{l_bar}{bar}| {elapsed}<{remaining}") as bar:
            yield _Bar(bar)


def _shows_bars() -> bool:
    if not sys.stderr.isatty():
        return False
    try:
        import tqdm  # noqa: F401
    except ImportError:
        return False
    return True


class _Bar:
    """A bar of tqdm's that is told totals."""

    def __init__(self, bar: Any) -> None:
        self._bar = bar

    def __call__(self, done: int, total: int) -> None:
        self._bar.total = total
        self._bar.update(done - self._bar.n)
