"""How far a command has come: what it says when it is stopped, and when nothing could be read."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from lightning_contrast.errors import InputError
from lightning_contrast.inference.encoded import Encoded
from lightning_contrast.inference.output import STDOUT, partial
from lightning_contrast.runtime.pace import tracked

INCOMPLETE = 3
"""Exit code where rows were left out: 0 would hide that from a script, 1 is a crash, and 2 says
that nothing was done."""


class Tally:
    """Rows that were read and rows that were not, of all batches that are done with."""

    def __init__(self) -> None:
        self.read = self.skipped = self.last = 0
        self.first_problem = ""

    def counted(self, batches: Iterable[Encoded], what: str, quiet: bool) -> Iterator[Encoded]:
        """The batches; one counts when the next is asked for."""
        for batch in tracked(batches, what, quiet):
            yield batch
            self.read += len(batch.rows)
            self.skipped += len(batch.bad)
            self.last = batch.last
            self.first_problem = self.first_problem or next(iter(batch.bad), "")


@contextmanager
def tally(output: str | Path) -> Iterator[Tally]:
    """A tally of what goes to ``output``; after Ctrl-C it says where that is and how to go on.

    Raises ``InputError`` where not one row could be read.
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
        raise
    if not counts.read:
        found = counts.first_problem or "the input has no row from first_row on"
        more = f" (and {counts.skipped - 1} more such rows)" if counts.skipped > 1 else ""
        raise InputError(f"no row can be read: {found}{more}")


def finish(done: str, skipped: int, output: str | Path, quiet: bool) -> None:
    """The last line of a command, and its exit code: ``INCOMPLETE`` where rows were left out."""
    if skipped or not quiet:
        to = sys.stderr if str(output) == STDOUT else sys.stdout
        print(f"{done}, {skipped} skipped: {output}", file=to)
    if skipped:
        raise SystemExit(INCOMPLETE)
