"""One of several equal parts of the rows, so that as many machines share the work."""

import re
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from lightning_contrast.errors import InputError
from lightning_contrast.files.row import Row


class Shard(NamedTuple):
    """Part ``number`` of ``parts``, from 1."""

    number: int
    parts: int

    def rows(self, read: Callable[[], Iterator[Row]], batch_size: int) -> Iterator[Row]:
        """The rows of this part: consecutive, and whole batches of those of all rows.

        So the outputs of all parts, one behind the other, are those of one run bit for bit.
        ``read`` gives all rows; it is called twice, the first time to count them.

        Raises:
            InputError: there are fewer batches than parts.

        >>> rows = [Row(number, "a text") for number in range(1, 6)]
        >>> [row.number for row in Shard(2, 2).rows(lambda: iter(rows), batch_size=2)]
        [3, 4, 5]
        """
        batches = -(-sum(1 for _ in read()) // batch_size)
        if batches < self.parts:
            raise InputError(
                f"shard={self.number}/{self.parts}: the input has {batches} batches of "
                f"{batch_size} rows, too few for {self.parts} parts: take fewer parts, or a "
                "smaller batch_size"
            )
        start, stop = (batches * whole // self.parts for whole in (self.number - 1, self.number))
        yield from islice(read(), start * batch_size, stop * batch_size)

    def file(self, output: Path) -> Path:
        """Where this part goes; the names of all parts sort by their number.

        >>> Shard(3, 16).file(Path("labels.jsonl")).name
        'labels-03-of-16.jsonl'
        """
        number = str(self.number).zfill(len(str(self.parts)))
        return output.with_name(f"{output.stem}-{number}-of-{self.parts}{output.suffix}")


def shard_of(text: str) -> Shard:
    """The part that ``shard=3/16`` asks for.

    Raises ``InputError`` for another form, and for a number that is not one of the parts.

    >>> shard_of("3/16")
    Shard(number=3, parts=16)
    """
    found = re.fullmatch(r"(\d{1,9})/(\d{1,9})", text)
    shard = Shard(*map(int, found.groups())) if found else Shard(0, 0)
    if not 1 <= shard.number <= shard.parts:
        raise InputError(
            f"shard must be a part and the number of parts, such as 3/16, got {text!r}: set "
            "shard=1/16"
        )
    return shard
