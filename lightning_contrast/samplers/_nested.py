"""Deals groups of rows to batches of several classes of several super-classes."""

import numpy as np

from lightning_contrast.samplers._layout import Layout


class NestedLayout:
    """Deals groups to batches of ``outer`` super-classes and ``inner`` different classes of each.

    ``groups (C,)``: number of groups of each class, sorted by super-class; ``parents (C,)``: their
    super-classes, ``0 .. S - 1``, of which one at least has two classes; ``inner``: 2 or more.

    A ``Layout`` deals the groups of each super-class to bundles of ``inner`` classes, or of fewer
    if it has no more left. Another layout deals the bundles of equal width to batches of different
    super-classes. ``sizes (B,)``: groups of each batch, the largest first; ``full``: number of
    batches with ``outer * inner`` groups. A group that would be in a batch of one class is left
    out. ``lonely``: super-classes that every epoch leaves out. Each super-class takes 0.1 ms an
    epoch.

    >>> layout = NestedLayout(np.array([2, 2, 1, 1]), np.array([0, 0, 1, 1]), outer=2, inner=2)
    >>> layout.sizes.tolist(), layout.full
    ([4, 2], 1)
    >>> sorted(layout.deal(np.random.default_rng(0))[:4].tolist())[2:]
    [4, 5]
    """

    def __init__(self, groups: np.ndarray, parents: np.ndarray, outer: int, inner: int) -> None:
        self.outer, self.inner = outer, inner
        ends = np.searchsorted(parents, np.arange(parents[-1] + 1), "right")
        self._within = [Layout(own, inner, least=1) for own in np.split(groups, ends[:-1])]
        self._first = np.append(0, np.cumsum(groups)[ends - 1])[:-1]
        # bundles[s, w - 1]: bundles of w classes of super-class s
        counted = [np.bincount(layout.sizes, minlength=inner + 1)[1:] for layout in self._within]
        self._bundles = np.stack(counted)
        self._across = {
            width: Layout(number[number > 0], outer, least=1 + (width == 1))
            for width, number in enumerate(self._bundles.T, 1)
            if np.count_nonzero(number) > (width == 1)
            if outer > 1 or width > 1
        }
        lonely = (self._bundles[:, 1:].sum(1) == 0) & (1 not in self._across)
        self.lonely = np.flatnonzero(lonely)
        sizes = [layout.sizes * width for width, layout in self._across.items()]
        flat = np.concatenate(sizes)
        self._order = np.argsort(-flat, kind="stable")
        self._start = np.cumsum(flat) - flat
        self.sizes = flat[self._order]
        self.full = int(np.count_nonzero(self.sizes == outer * inner))

    def deal(self, random: np.random.Generator) -> np.ndarray:
        """Numbers of the groups, batch after batch; they count from the first class to the last."""
        by_parent = [
            first + layout.deal(random)
            for first, layout in zip(self._first, self._within, strict=True)
        ]
        batches = []
        for width, layout in self._across.items():
            wider = self._bundles[:, width:] @ np.arange(width + 1, self.inner + 1)
            number = width * self._bundles[:, width - 1]
            bundles = [
                own[skip : skip + many]
                for own, skip, many in zip(by_parent, wider, number, strict=True)
            ]
            table = np.concatenate(bundles).reshape(-1, width)
            batches.append(table[layout.deal(random)].ravel())
        flat = np.concatenate(batches)
        sizes = self.sizes
        move = np.repeat(self._start[self._order] - np.cumsum(sizes) + sizes, sizes)
        return flat[move + np.arange(len(flat))]
