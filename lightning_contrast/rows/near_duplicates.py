"""Finds texts that share most of their shingles, without comparing all pairs."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

_BLOCK = 512  # rows whose candidates are held at once


def near_duplicates(texts: Sequence[str], threshold: float = 0.5, width: int = 3) -> np.ndarray:
    """Groups texts: two are joined if the Jaccard similarity of their word shingles is high enough.

    The condition is ``|A & B| / |A | B| > threshold``. Two such texts share at least one of the
    rarest ``n - ceil(threshold n) + 1`` of the n shingles of each, so only texts that share one are
    compared: the result is exact. Groups are connected components. Texts are split at spaces.
    Returns int64 ``(N,)``, equal numbers for one group.
    Source: Chaudhuri et al., 2006 (ICDE), the prefix filter; Broder, 1997, the shingles.

    >>> a, b = "the cat sat on the mat today", "the cat sat on the mat now"
    >>> near_duplicates([a, "quite another thing", b]).tolist()
    [0, 1, 0]
    """
    shingles = _shingles(texts, width)
    rare = _rarest(shingles, threshold)
    part = np.arange(len(texts))
    # First the neighbours in the list of each shingle: they join large groups in linear time.
    lists = rare.tocsc()
    same = np.repeat(np.arange(lists.shape[1]), np.diff(lists.indptr))
    follows = np.flatnonzero(same[1:] == same[:-1])
    part = _join(part, shingles, lists.indices[follows], lists.indices[follows + 1], threshold)
    across = rare.T.tocsr()
    for start in range(0, len(texts), _BLOCK):
        shared = (rare[start : start + _BLOCK] @ across).tocoo()
        left, right = shared.row + start, shared.col
        part = _join(part, shingles, left, right, threshold)
    return part


def nearest_of_other_label(
    texts: Sequence[str], label: np.ndarray, threshold: float = 0.5, width: int = 3
) -> np.ndarray:
    """For each text the most similar one of another label, -1 if none is over the threshold.

    Similarity as in ``near_duplicates``. Returns int64 ``(N,)``; time is quadratic in N.

    >>> nearest_of_other_label(["a b c d", "a b c d", "x y z"], np.array([0, 1, 0])).tolist()
    [1, 0, -1]
    """
    shingles = _shingles(texts, width)
    size = np.diff(shingles.indptr)
    across = shingles.T.tocsr()
    found = np.full(len(texts), -1)
    for start in range(0, len(texts), _BLOCK):
        shared = (shingles[start : start + _BLOCK] @ across).tocoo()
        left, right = shared.row + start, shared.col
        similarity = shared.data / (size[left] + size[right] - shared.data)
        near = np.flatnonzero((similarity > threshold) & (label[left] != label[right]))
        near = near[np.lexsort((-right[near], similarity[near]))]  # the best is written last
        found[left[near]] = right[near]
    return found


def _shingles(texts: Sequence[str], width: int) -> "csr_matrix":
    """The shingles of each text, ``(N, S)``, with columns in ascending order of frequency."""
    from scipy.sparse import csr_matrix

    from lightning_contrast.rows.content import salted

    number: dict[str, int] = {}
    length = np.zeros(len(texts), dtype=np.int64)

    def words() -> Iterator[str]:
        for text, line in enumerate(texts):
            own = line.split()
            length[text] = max(width, len(own))
            yield from own
            yield from [""] * (width - len(own))

    flat = np.fromiter((number.setdefault(w, len(number)) for w in words()), np.uint64)
    count = length - width + 1
    text = np.repeat(np.arange(len(texts)), count)
    first = np.repeat(np.cumsum(length) - length - (np.cumsum(count) - count), count)
    first += np.arange(len(first))
    hashed = salted(flat, "")
    shingle = hashed[first]
    for offset in range(1, width):
        shingle = shingle * np.uint64(0x9E3779B97F4A7C15) + hashed[first + offset]
    columns, shingle = np.unique(shingle, return_inverse=True)
    matrix = csr_matrix(
        (np.ones(len(shingle), dtype=np.int32), (text, shingle)), shape=(len(texts), len(columns))
    )
    matrix.data[:] = 1  # the constructor counted repeated shingles
    order = np.argsort(np.bincount(matrix.indices, minlength=len(columns)), kind="stable")
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    matrix.indices[:] = rank[matrix.indices]
    matrix.has_sorted_indices = False
    matrix.sort_indices()
    return matrix


def _rarest(shingles: "csr_matrix", threshold: float) -> "csr_matrix":
    """The rarest shingles of each text, without those that no other text has."""
    from scipy.sparse import csr_matrix

    size = np.diff(shingles.indptr)
    text = np.repeat(np.arange(len(size)), size)
    place = np.arange(shingles.nnz) - np.repeat(shingles.indptr[:-1], size)
    frequency = np.bincount(shingles.indices, minlength=shingles.shape[1])
    kept = place < (size - np.ceil(threshold * size) + 1)[text]
    kept &= frequency[shingles.indices] > 1
    column = shingles.indices[kept]
    return csr_matrix((shingles.data[kept], (text[kept], column)), shape=shingles.shape)


def _join(
    part: np.ndarray,
    shingles: "csr_matrix",
    left: np.ndarray,
    right: np.ndarray,
    threshold: float,
) -> np.ndarray:
    """The groups after all candidate pairs over the threshold are joined."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    size = np.diff(shingles.indptr)
    small = np.minimum(size[left], size[right])
    worth = (part[left] != part[right]) & (small > threshold * np.maximum(size[left], size[right]))
    pairs = np.unique(np.sort(np.stack((left[worth], right[worth])), axis=0), axis=1)
    for start in range(0, pairs.shape[1], 16 * _BLOCK):
        a, b = pairs[:, start : start + 16 * _BLOCK]
        apart = part[a] != part[b]
        a, b = a[apart], b[apart]
        both = np.asarray(shingles[a].multiply(shingles[b]).sum(axis=1)).ravel()
        near = both > threshold * (size[a] + size[b] - both)
        if near.any():
            graph = coo_matrix(
                (np.ones(near.sum()), (part[a[near]], part[b[near]])), shape=(len(part),) * 2
            )
            part = connected_components(graph, directed=False)[1][part]
    return part
