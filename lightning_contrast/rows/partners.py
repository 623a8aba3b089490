"""Partners: rows that are drawn as positives of other rows, and are on no side of the split."""

from typing import NamedTuple

import numpy as np

from lightning_contrast.rows.split_names import EXTRA, PARTNER
from lightning_contrast.types import Labelled


class Partners(NamedTuple):
    """The partners of some rows ``(n,)``: row ``i`` has ``row[first[i] : first[i] + count[i]]``.

    ``row (m,)``: numbers of the partners in the source, sorted by identity; ``owner (m,)``: the
    place of a row that has the partner; ``count (n,)`` is 0 if a row has none.
    """

    row: np.ndarray
    owner: np.ndarray
    first: np.ndarray
    count: np.ndarray  # type: ignore[assignment]  # tuple.count gives way


def partners_of(labelled: Labelled, rows: np.ndarray, extra: bool = False) -> Partners | None:
    """The partners of rows of a source; None if no row of the source has any.

    ``extra``: includes partners that are for training only.

    >>> from lightning_contrast.sources._labelled import labelled, with_pairs
    >>> own = labelled(["a", "b"], np.zeros(2, dtype=np.int64), ("x",))
    >>> partners_of(with_pairs(own, ["a", "b", "1", "2"]), np.array([1])).row.tolist()
    [3]
    """
    identity = labelled.identity
    if identity is None:
        return None
    known = (labelled.split == PARTNER) | (extra & (labelled.split == EXTRA))
    found = np.flatnonzero(known & np.isin(identity, identity[rows]))
    found = found[np.argsort(identity[found], kind="stable")]
    known, wanted = identity[found], identity[rows]
    order = np.argsort(wanted, kind="stable")
    owner = order[np.searchsorted(wanted, known, sorter=order)]
    first = np.searchsorted(known, wanted)
    return Partners(found, owner, first, np.searchsorted(known, wanted, side="right") - first)


def numbers_of(labelled: Labelled, rows: np.ndarray) -> np.ndarray:
    """The numbers of rows as people count them, from 1; a partner has that of the first row that it
    belongs to.

    >>> from lightning_contrast.sources._labelled import labelled, with_pairs
    >>> own = labelled(["a", "b"], np.zeros(2, dtype=np.int64), ("x",))
    >>> numbers_of(with_pairs(own, ["a", "b", "1", "2"]), np.array([1, 3])).tolist()
    [2, 2]
    """
    identity, split = labelled.identity, labelled.split
    if identity is None or split is None:
        return rows + 1
    partners = np.isin(split, (PARTNER, EXTRA))
    known, first = np.unique(identity[~partners], return_index=True)
    place = np.searchsorted(known, identity[rows]).clip(0, max(len(known) - 1, 0))
    return np.where(partners[rows], np.flatnonzero(~partners)[first][place], rows) + 1
