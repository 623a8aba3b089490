"""Shows the progress of long work: a bar on a terminal, a line every two minutes in a log."""

import sys
import time
from collections.abc import Iterable, Iterator, Sized
from typing import TypeVar

Item = TypeVar("Item")
LINE_SECONDS = 120.0
"""Longest silence in a log that is no terminal."""


class Pace:
    """Estimates the time that work still takes from the time that it took so far.

    Args:
        total: number of steps; ``None`` if it is unknown.
        done: steps that were done before this process began.

    >>> Pace(total=4).left(done=0)
    ''
    """

    def __init__(self, total: int | None, done: int = 0) -> None:
        self.total, self.first = total, done
        self.start = self.told = time.monotonic()

    def due(self, seconds: float = LINE_SECONDS) -> bool:
        """Whether the last line is at least ``seconds`` old; if so, the clock starts again."""
        now = time.monotonic()
        if now - self.told < seconds:
            return False
        self.told = now
        return True

    def seconds_left(self, done: int) -> float | None:
        """Seconds until the end; None before the first step, and without a total."""
        if self.total is None or done <= self.first:
            return None
        each = (time.monotonic() - self.start) / (done - self.first)
        return each * (self.total - done)

    def left(self, done: int) -> str:
        """``, 4 min left``; empty if that is unknown."""
        seconds = self.seconds_left(done)
        return "" if seconds is None else f", {duration(seconds)} left"


def duration(seconds: float) -> str:
    """A time in words.

    >>> duration(8.4), duration(250), duration(5400)
    ('8 s', '4 min', '1 h 30 min')
    """
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def tracked(items: Iterable[Item], what: str, quiet: bool) -> Iterable[Item]:
    """The items; standard error shows the progress, unless ``quiet``.

    >>> list(tracked([1, 2], "counting", quiet=True))
    [1, 2]
    """
    if quiet:
        return items
    if not sys.stderr.isatty():
        return _told(items, what)
    from tqdm import tqdm

    return tqdm(items, what, leave=False, file=sys.stderr)


def _told(items: Iterable[Item], what: str) -> Iterator[Item]:
    total = len(items) if isinstance(items, Sized) else None
    pace = Pace(total)
    of = "" if total is None else f" of {total}"
    for done, item in enumerate(items):
        if pace.due():
            print(f"{what}: {done}{of}{pace.left(done)}", file=sys.stderr, flush=True)
        yield item
