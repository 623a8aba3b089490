"""The rows of other classes that say it in the same words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from lightning_contrast.config.ranges import Count, NotNegative, Share
from lightning_contrast.negatives._bm25 import nearest_by_words, query_matrix, score_matrix
from lightning_contrast.negatives.negatives import Negatives
from lightning_contrast.negatives.random import RandomNegatives
from lightning_contrast.rows.by_class import ByClass
from lightning_contrast.rows.ranked import Ranked
from lightning_contrast.runtime.pace import tracked

_MANY = 20_000  # rows whose search is worth a bar


@dataclass(eq=False, repr=False)
class LexicalNegatives(Negatives):
    """``k`` texts of other classes that rank ``first`` to ``last`` by BM25: similar words, another
    label.

    The ranks are found once, before training starts; which k of the ranked rows come is drawn each
    time (different ones). A text is looked for by its ``query_terms`` most telling words, each
    once: those that add most to its own score, and that another text has too. Texts of other
    classes that share none of them have no rank; a text without any ranked ones takes negatives
    like ``negatives=random``. Words are runs of letters and digits in lower case; each Chinese or
    Japanese sign is one. A copy of a text under another label ranks first: where labels are noisy,
    a larger ``first`` passes over it.

    Args:
        labels: ``(N,)``, of the training split.
        texts: the N training texts.
        k: negatives of each row, at most ``last - first + 1``.
        first, last: ranks, 1 being the nearest.
        query_terms: words that a text is looked for by; ``None`` for all of them, which takes long
            where texts are.
        k1, b: of BM25, how soon repetitions of a word stop to count, and how much the length does.
        quiet: no progress bar.

    Called with ``index (n,)`` and a generator, gives ``(n, k)``.

    Raises:
        InputError: a setting out of range, unlabelled rows, one class only, or ``bm25s`` missing.

    Source: Karpukhin et al. 2020 (arXiv 2004.04906) for BM25 negatives; Robertson & Zaragoza 2009
    for BM25; Lù 2024 (arXiv 2407.03618) for its library.

    >>> texts = ["the cup final", "the world cup", "the cup of tea", "a law"]
    >>> negatives = LexicalNegatives(np.array([0, 0, 1, 1]), texts, last=1)
    >>> negatives(np.arange(3), np.random.default_rng(0))[:, 0].tolist()
    [2, 2, 0]
    """

    modality: ClassVar[str] = "text"

    labels: np.ndarray
    texts: Sequence[str]
    k: Count = 1
    first: Count = 1
    last: Count = 20
    query_terms: Count | None = 32
    k1: NotNegative = 1.5
    b: Share = 0.75
    quiet: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        mend = "set negatives=random or negatives=hard"
        code = ByClass(self.labels, "negatives lexical", mend).code
        self._random = RandomNegatives(self.labels, self.k)
        self._ranked = Ranked(len(self.labels), self.first, self.last, "negatives", self.k)
        scores = score_matrix(self.texts, self.k1, self.b)
        found = nearest_by_words(scores, query_matrix(scores, self.query_terms), code, self.last)
        quiet = self.quiet or len(self.texts) < _MANY
        for rows, index, there in tracked(found, "lexical negatives", quiet):
            self._ranked.write(rows, index, there)

    def __call__(self, index: np.ndarray, random: np.random.Generator) -> np.ndarray:
        return self._ranked.draw(index, self._random(index, random), random)
