"""Texts that stay on disk."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

_AT_ONCE = 4096  # texts that are read together


class DiskTexts(Sequence[str]):
    """A text column of a ``datasets.Dataset`` as a sequence: memory-mapped, and read on demand.

    >>> import datasets
    >>> texts = DiskTexts(datasets.Dataset.from_dict({"text": ["a", "b", "c"]}), "text")
    >>> len(texts), texts[2], texts.take(np.array([1, 0])), list(texts)
    (3, 'c', ['b', 'a'], ['a', 'b', 'c'])
    """

    def __init__(self, rows: Any, column: str) -> None:
        self.rows, self.column = rows.select_columns([column]), column

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, row: Any) -> Any:
        return self.rows[row][self.column]

    def take(self, index: np.ndarray) -> list[str]:
        """The texts of these rows ``(r,)``, read together."""
        return self.rows[index.tolist()][self.column] if len(index) else []

    def of(self, index: np.ndarray) -> Iterator[str]:
        """The texts of these rows, a few thousand at a time in memory."""
        for start in range(0, len(index), _AT_ONCE):
            yield from self.take(index[start : start + _AT_ONCE])

    def __iter__(self) -> Iterator[str]:
        return self.of(np.arange(len(self)))
