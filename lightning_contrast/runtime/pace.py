"""How far a long piece of work is: a bar on a terminal, a line now and then in a log."""

import sys
import time
from collections.abc import Iterable, Iterator, Sized
from typing import TypeVar

Item = TypeVar("Item")
LINE_SECONDS = 120.0
"""Longest silence in a log that is no terminal."""


class Pace:
    """The time that work takes, from what it took so far.

    Args:
        total: its steps; ``None`` where nobody knows.
        done: those that were done before this process began.

    >>> Pace(total=4).left(done=0)
    ''
    """

    def __init__(self, total: int | None, done: int = 0) -> None:
        self.total, self.first = total, done
        self.start = self.told = time.monotonic()

    def due(self, seconds: float = LINE_SECONDS) -> bool:
        """Whether the last line is so many seconds old; then the next one counts from now."""
        now = time.monotonic()
        if now - self.told < seconds:
            return False
        self.told = now
        return True

    def seconds_left(self, done: int) -> float | None:
        """Seconds that the rest takes; None before the first step, and without a total."""
        if self.total is None or done <= self.first:
            return None
        each = (time.monotonic() - self.start) / (done - self.first)
        return each * (self.total - done)

    def left(self, done: int) -> str:
        """``, 4 min left``; empty where nobody knows."""
        seconds = self.seconds_left(done)
        return "" if seconds is None else f", {duration(seconds)} left"


def duration(seconds: float) -> str:
    """A time as people say it.

    >>> duration(8.4), duration(250), duration(5400)
    ('8 s', '4 min', '1 h 30 min')
    """
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def tracked(items: Iterable[Item], what: str, quiet: bool) -> Iterable[Item]:
    """The items; the standard error shows how far they are, unless ``quiet``.

    On a terminal that is a bar, elsewhere a line every two minutes.

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
