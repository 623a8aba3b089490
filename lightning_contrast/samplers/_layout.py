"""Deals groups of rows to batches, so that no batch holds two groups of one class."""

import numpy as np


class Layout:
    """Deals ``groups (C,)`` groups of each class to batches of ``width`` different classes.

    ``full``: the number of batches with ``width`` classes. It is the largest T with
    ``sum(min(groups, T)) >= width * T``, an upper bound for any arrangement. After these come
    batches of the classes that have groups left: fewer and fewer classes, down to ``least`` (a
    batch of one class has no negatives). ``sizes (B,)``: number of classes of each batch.

    The full batches are the rows of a table with ``width`` columns and T rows. It is filled down
    the columns, one class after another in random order: a class with at most T groups then never
    occurs twice in a row. Then each column is shuffled, except for classes that continue in another
    column, so this still holds.

    >>> layout = Layout(np.array([4, 2, 1]), width=2)
    >>> layout.full, layout.sizes.tolist()
    (3, [2, 2, 2])
    """

    def __init__(self, groups: np.ndarray, width: int, least: int = 2) -> None:
        self.groups = groups
        self.width = width
        low, high = 0, int(groups.sum()) // width
        while low < high:  # the last T that still fits
            middle = (low + high + 1) // 2
            fits = np.minimum(groups, middle).sum() >= width * middle
            low, high = (middle, high) if fits else (low, middle - 1)
        self.full = low
        self._base = np.cumsum(groups) - groups
        self._dealt = np.minimum(groups, self.full)
        self._spare = int(self._dealt.sum()) - width * self.full
        left = np.sort(groups - self._dealt)
        longest = int(left[-1])
        behind = len(left) - np.searchsorted(left, np.arange(longest + (longest == 0)), "right")
        behind[0] += self._spare
        sizes = np.concatenate((np.full(self.full, width), behind))
        self.sizes = sizes[sizes >= max(1, min(least, width))]

    def deal(self, random: np.random.Generator) -> np.ndarray:
        """Numbers of the groups, batch after batch; they count from the first class to the last."""
        dealt = self._dealt.copy()
        # The full batches can't hold all of these groups; fewer than `width` are taken out. Each is
        # of another class that has no groups left, so that the next batch has many classes.
        small = np.flatnonzero((self.groups <= self.full) & (dealt > 0))
        dealt[random.choice(small, self._spare, replace=False)] -= 1
        kind = random.permutation(len(dealt))
        number = dealt[kind]
        end = np.cumsum(number)
        ids = np.repeat(self._base[kind] + number - end, number) + np.arange(end[-1])
        table = ids.reshape(self.width, self.full)
        edge = self.full * np.arange(1, self.width)
        over = np.searchsorted(end, edge)  # the class that holds each edge, or ends on it
        head = np.append(0, end[over] - edge)
        tail = np.append(edge - end[over] + number[over], 0) * np.append(end[over] > edge, 0)
        for column in range(self.width):
            random.shuffle(table[column, head[column] : self.full - tail[column]])
        batches = table.T[random.permutation(self.full)].ravel()

        left = self.groups - dealt
        end = np.cumsum(left)
        turn = np.arange(end[-1]) - np.repeat(end - left, left)
        ids = np.repeat(self._base + dealt, left) + turn
        behind = ids[np.argsort(turn, kind="stable")]
        return np.concatenate((batches, behind))[: self.sizes.sum()]
