"""Rows that come with a pair: a question and its answer, a photograph and a drawing of it."""

from collections.abc import Sequence

import numpy as np

from lightning_contrast.rows.split_names import PARTNER
from lightning_contrast.types import Images, Labelled


def with_pairs(labelled: Labelled, both: Sequence[str] | Images) -> Labelled:
    """The N rows with a pair for each: ``both`` holds what they show, then what their pairs show.

    >>> own = np.zeros(2, dtype=np.int64)
    >>> rows = Labelled(["a", "b"], own, ("x",), np.arange(2), own.astype(np.int8), {})
    >>> rows = with_pairs(rows, ["a", "b", "answer to a", "answer to b"])
    >>> rows.pair.tolist(), rows.split.tolist(), rows.group.tolist()
    ([2, 3, 2, 3], [0, 0, -2, -2], [0, 1, 0, 1])
    """
    rows = len(labelled.label)
    return labelled._replace(
        raw=both,
        label=np.tile(labelled.label, 2),
        group=np.tile(labelled.group, 2),
        split=np.append(labelled.split, np.full(rows, PARTNER, dtype=np.int8)),
        pair=np.tile(np.arange(rows, 2 * rows), 2),
        attributes={n: np.tile(value, 2) for n, value in (labelled.attributes or {}).items()},
    )
