"""Counts the rows of a command, for its last line, for an interrupt, and for its exit code."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from lightning_contrast.errors import INCOMPLETE, InputError
from lightning_contrast.inference.encoded import Encoded
from lightning_contrast.inference.output import STDOUT, partial
from lightning_contrast.runtime.pace import tracked
from lightning_contrast.runtime.signals import Interrupted


class Tally:
    """Numbers of rows that were read and skipped, in all finished batches."""

    def __init__(self) -> None:
        self.read = self.skipped = self.last = 0
        self.first_problem = ""

    def counted(self, batches: Iterable[Encoded], what: str, quiet: bool) -> Iterator[Encoded]:
        """Yields the batches; a batch is counted when the next one is requested."""
        for batch in tracked(batches, what, quiet):
            yield batch
            self.read += len(batch.rows)
            self.skipped += len(batch.bad)
            self.last = batch.last
            self.first_problem = self.first_problem or next(iter(batch.bad), "")


@contextmanager
def tally(output: str | Path) -> Iterator[Tally]:
    """Counts rows written to ``output``; after Ctrl-C it prints where they are and how to go on.

    Raises ``InputError`` if no row could be read.
    """
    counts = Tally()
    try:
        yield counts
    except KeyboardInterrupt:
        where = "" if str(output) == STDOUT else f", what is done is in {partial(Path(output))}"
        print(
            f"stopped after row {counts.last}{where}: first_row={counts.last + 1} goes on from "
            "there (with another output)",
            file=sys.stderr,
        )
        raise Interrupted from None
    if not counts.read:
        found = counts.first_problem or "the input has no row from first_row on"
        more = f" (and {counts.skipped - 1} more such rows)" if counts.skipped > 1 else ""
        raise InputError(f"no row can be read: {found}{more}")


def finish(done: str, skipped: int, output: str | Path, quiet: bool) -> None:
    """Prints the last line of a command; exits with ``INCOMPLETE`` if rows were skipped."""
    if skipped or not quiet:
        to = sys.stderr if str(output) == STDOUT else sys.stdout
        print(f"{done}, {skipped} skipped: {output}", file=to)
    if skipped:
        raise SystemExit(INCOMPLETE)
