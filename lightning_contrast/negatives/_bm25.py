"""The texts of other classes that share the most telling words, a chunk of texts at a time."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from lightning_contrast.errors import missing_extra
from lightning_contrast.rows.content import normalise

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

_CHUNK = 1 << 23  # scores of a chunk: 64 MB, and what it takes to select from them


def score_matrix(texts: Sequence[str], k1: float, b: float) -> "csr_matrix":
    r"""What each word of a text adds to the score of a query that holds it, ``(N, V)``, float32.

    .. math::
        \log\left(1 + \frac{N - n_w + 1/2}{n_w + 1/2}\right)
        \frac{f_w}{f_w + k_1 (1 - b + b\, l / \bar l)}

    ``n_w``: texts with the word; ``f_w``: how often this one has it; ``l``: its number of words.
    Words are those of ``normalise``: each Chinese or Japanese sign is one. Raises ``InputError`` if
    the package ``bm25s`` is not installed.

    Source: Robertson & Zaragoza 2009; Lù 2024 (arXiv 2407.03618), as a sparse matrix.

    >>> score_matrix(["red car", "red sky"], k1=1.5, b=0.75).toarray().round(2).tolist()[0]
    [0.07..., 0.28..., 0.0]
    """
    from scipy.sparse import csc_matrix

    try:
        from bm25s import BM25
    except ImportError as error:
        raise missing_extra("bm25s", "lexical") from error
    number: dict[str, int] = {}
    rows = [[number.setdefault(w, len(number)) for w in normalise(t).split()] for t in texts]
    if not number:
        return csc_matrix((len(texts), 0), dtype=np.float32).tocsr()
    index = BM25(k1=k1, b=b, method="lucene", csc_backend="scipy")
    scores = index.build_index_from_ids(list(number.values()), rows, show_progress=False)
    parts = (scores["data"], scores["indices"], scores["indptr"])
    return csc_matrix(parts, shape=(len(texts), len(number))).tocsr()


def query_matrix(scores: "csr_matrix", terms: int | None) -> "csr_matrix":
    """Which words of each text are looked for, ``(N, V)``: the ``terms`` that score highest in it
    (the first seen of equals) among those that another text has too.

    >>> query_matrix(score_matrix(["a b b", "a b c"], 1.5, 0.75), terms=1).toarray().tolist()
    [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]
    """
    from scipy.sparse import csr_matrix

    texts_with = np.bincount(scores.indices, minlength=scores.shape[1])
    shared = np.flatnonzero(texts_with[scores.indices] > 1)
    text = np.repeat(np.arange(scores.shape[0]), np.diff(scores.indptr))[shared]
    word, score = scores.indices[shared], scores.data[shared]
    order = np.lexsort((word, -score, text))
    text, word = text[order], word[order]
    size = np.bincount(text, minlength=scores.shape[0])
    place = np.arange(len(text)) - np.repeat(np.cumsum(size) - size, size)
    kept = place < (len(place) if terms is None else terms)
    entries = (np.ones(kept.sum(), dtype=np.float32), (text[kept], word[kept]))
    return csr_matrix(entries, shape=scores.shape)


def nearest_by_words(
    scores: "csr_matrix",
    queries: "csr_matrix",
    code: np.ndarray,
    most: int,
    chunk: int = _CHUNK,
) -> Iterator[tuple[slice, Tensor, Tensor]]:
    """Yields ``(rows, index, found)`` over consecutive ``rows``, the highest score first.

    Args:
        scores, queries: ``(N, V)``, see ``score_matrix`` and ``query_matrix``.
        code: class of each text ``(N,)``: texts of one class never find each other.
        most: how many are found; of equal scores the lower row number comes first.
        chunk: scores held at a time, at most (or those of one text).

    ``index`` and ``found`` are ``(r, most)``; not found are those that share no word looked for.

    >>> scores = score_matrix(["red car", "red sky", "blue sky"], 1.5, 0.75)
    >>> found = nearest_by_words(scores, query_matrix(scores, None), np.array([0, 1, 1]), most=1)
    >>> next(found)[1:]
    (tensor([[1], [0], [0]]), tensor([[ True], [ True], [False]]))
    """
    across = scores.T.tocsr()
    cost = np.cumsum(queries @ np.diff(across.indptr).astype(np.float64))
    start = 0
    while start < len(code):
        spent = cost[start - 1] if start else 0.0
        stop = max(start + 1, int(np.searchsorted(cost, spent + chunk, side="right")))
        found = (queries[start:stop] @ across).tocoo()
        other = code[start + found.row] != code[found.col]
        size = np.bincount(found.row[other], minlength=stop - start)
        ends = np.cumsum(size)[:-1]
        values, columns = np.split(found.data[other], ends), np.split(found.col[other], ends)
        index = np.zeros((stop - start, most), dtype=np.int64)
        for row, (value, column) in enumerate(zip(values, columns, strict=True)):
            best = _best(value, column, most)
            index[row, : len(best)] = best
        there = np.arange(most) < np.minimum(size, most)[:, None]
        yield slice(start, stop), torch.from_numpy(index), torch.from_numpy(there)
        start = stop


def _best(value: np.ndarray, column: np.ndarray, most: int) -> np.ndarray:
    """The columns of the highest values, the lower of equals first."""
    if len(value) > most:
        near = value >= np.partition(value, len(value) - most)[len(value) - most]
        value, column = value[near], column[near]
    return column[np.lexsort((column, -value))[:most]]
