"""Pairs of texts with a score: what their tables and data sets of the hub have in common."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from lightning_contrast.errors import InputError
from lightning_contrast.files.bad_rows import keep_usable
from lightning_contrast.rows.numbers import number_of
from lightning_contrast.sources._labelled import labelled, with_pairs
from lightning_contrast.types import Labelled


class ScoredPair(NamedTuple):
    """Two texts, their score, the side of the split (``split_names``), and what is wrong."""

    text: str
    pair: str
    score: float
    side: int
    problem: str = ""


def scored_pair(where: str, cells: Sequence[Any], names: Sequence[str], side: int) -> ScoredPair:
    """The pair in three cells: text, pair and score of the columns with these names.

    >>> scored_pair("row 1", ["a", "b", "2"], ["text", "pair", "score"], -1)
    ScoredPair(text='a', pair='b', score=2.0, side=-1, problem='')
    """
    texts = [cell.strip() if isinstance(cell, str) else "" for cell in cells[:2]]
    score = number_of(cells[2])
    if not all(texts):
        problem = f"{where}: both texts of a pair must be filled, got {list(cells[:2])}"
    elif score is None:
        problem = f"{where}: {names[2]!r} must be a number, got {cells[2]!r}"
    else:
        return ScoredPair(texts[0], texts[1], score, side)
    return ScoredPair(texts[0], texts[1], 0.0, side, problem)


def scored_rows(
    found: Sequence[ScoredPair],
    lowest: float | None,
    highest: float | None,
    skip_bad_rows: bool,
    counts: Mapping[str, int],
) -> Labelled:
    """The rows of these pairs; scores from ``lowest`` to ``highest`` become those from 0 to 1.

    Raises ``InputError`` for pairs that all have one score.
    """
    bad = {row: pair.problem for row, pair in enumerate(found) if pair.problem}
    if lowest is not None and highest is not None:
        if lowest >= highest:
            raise InputError(
                f"source.lowest must be below source.highest, got {lowest} and {highest}: set "
                "source.lowest=0 source.highest=5"
            )
        bad |= {
            row: f"pair {row + 1}: the score {pair.score:g} is not between source.lowest={lowest:g}"
            f" and source.highest={highest:g}"
            for row, pair in enumerate(found)
            if not pair.problem and not lowest <= pair.score <= highest
        }
    kept = [found[row] for row in keep_usable(bad, len(found), skip_bad_rows)]
    score = np.array([pair.score for pair in kept], dtype=np.float64)
    if len(score) > 1 and score.min() == score.max():
        raise InputError(
            f"the pairs must have different scores, and all {len(score)} have {score[0]:g}: name "
            "the column that tells how alike they are, source.score_column=score"
        )
    if lowest is not None and highest is not None:
        score = (score - lowest) / (highest - lowest)
    own = labelled(
        [pair.text for pair in kept],
        np.full(len(kept), -1, dtype=np.int64),
        (),
        split=[pair.side for pair in kept],
        counts={**counts, "skipped": len(bad)},
    )
    both = [pair.text for pair in kept] + [pair.pair for pair in kept]
    return with_pairs(own, both)._replace(score=np.tile(score, 2).astype(np.float32))
