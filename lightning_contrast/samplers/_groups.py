"""Cuts each class into groups of K random rows."""

import numpy as np

from lightning_contrast.samplers._shuffle import ClassShuffle


class Groups:
    """Shuffles each class and cuts it into groups of ``each`` rows; the rest is left out.

    ``code (N,)``: each row's class, ``0 .. C - 1``, none of them empty. ``number (C,)``: groups of
    each class. A call with a generator gives the rows ``(sum(number), each)`` of the groups, from
    the first class to the last.

    >>> groups = Groups(np.array([0, 0, 1, 1, 1]), each=2)
    >>> groups.number.tolist(), np.sort(groups(np.random.default_rng(0))[0]).tolist()
    ([1, 1], [0, 1])
    """

    def __init__(self, code: np.ndarray, each: int) -> None:
        self.each = each
        self._shuffle = ClassShuffle(code)
        size = self._shuffle.size
        self.number = size // each
        turns = np.column_stack((self.number * each, size % each)).ravel()
        self._kept = np.repeat(np.tile([True, False], len(size)), turns)

    def __call__(self, random: np.random.Generator) -> np.ndarray:
        rows = np.empty(self.number.sum() * self.each, dtype=np.int64)
        seen = given = 0
        for _, block in self._shuffle.blocks(self._shuffle.random(random)):
            kept = block[self._kept[seen : seen + len(block)]]
            rows[given : given + len(kept)] = kept
            seen, given = seen + len(block), given + len(kept)
        return rows.reshape(-1, self.each)
