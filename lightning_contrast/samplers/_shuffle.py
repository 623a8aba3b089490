"""Sorts rows by class, each class in random order."""

from collections.abc import Callable, Iterator

import numpy as np

BLOCK = 8192
"""About how many rows are sorted at a time: their words fit into the cache of a core."""

Bits = Callable[[np.ndarray, slice], np.ndarray]
"""From ``(words, classes)`` of a block to as many random uint64; only their middle bits are used.
"""


class ClassShuffle:
    """Shuffles every class by sorting one word a row: ``class | random bits | row``.

    ``code (N,)``: each row's class, ``0 .. C - 1``, none of them empty. ``size (C,)``: its rows.
    Blocks of whole classes are sorted one after another: a block stays in the cache of the core,
    and little memory is needed beside the ``N`` words.

    >>> shuffle = ClassShuffle(np.array([0, 1, 0, 1]))
    >>> sorted(next(shuffle.blocks(shuffle.random(np.random.default_rng(0))))[1][:2].tolist())
    [0, 2]
    """

    def __init__(self, code: np.ndarray) -> None:
        rows = len(code)
        self.size = np.bincount(code)
        self._row_bits = np.uint64(max(1, rows - 1).bit_length())
        self._class_bits = np.uint64(max(1, len(self.size) - 1).bit_length())
        self._words = np.empty(rows, dtype=np.uint64)
        for start in range(0, rows, BLOCK):  # in blocks, to need no second array of this length
            part = self._words[start : start + BLOCK]
            part[:] = code[start : start + BLOCK]
            part <<= np.uint64(64) - self._class_bits
            part |= np.arange(start, start + len(part), dtype=np.uint64)
        self._words.sort()
        end = np.cumsum(self.size)
        upto = np.unique(np.searchsorted(end, np.arange(BLOCK, rows + BLOCK, BLOCK).clip(max=rows)))
        self._classes = np.append(0, upto + 1).tolist()
        self._rows = np.append(0, end[upto]).tolist()

    def random(self, random: np.random.Generator) -> Bits:
        """New bits for every block."""
        return lambda words, _: random.bit_generator.random_raw(len(words))

    def blocks(self, bits: Bits) -> Iterator[tuple[slice, np.ndarray]]:
        """The next classes, and their rows (int64) class after class, shuffled by ``bits``."""
        lowest = (np.uint64(1) << self._row_bits) - np.uint64(1)
        middle = (np.uint64(2**64 - 1) >> self._class_bits) & ~lowest
        for block, start in enumerate(self._rows[:-1]):
            classes = slice(self._classes[block], self._classes[block + 1])
            own = self._words[start : self._rows[block + 1]]
            words = bits(own, classes)
            words &= middle
            words |= own
            words.sort()
            words &= lowest
            yield classes, words.view(np.int64)
