"""The captions of rows, by their positions in a split."""

import numpy as np

from lightning_contrast.errors import InputError
from lightning_contrast.rows.partners import Partners


def some_caption(partners: Partners, rows: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """The position of a caption of each row, drawn; of a row without one the row itself.

    >>> partners = Partners(*np.array([[8, 9], [0, 1], [0, 1], [1, 1]]))
    >>> some_caption(partners, np.array([[1], [0]]), np.random.default_rng(0)).tolist()
    [[3], [2]]
    """
    first, count = partners.first[rows], partners.count[rows]
    drawn = random.integers(np.maximum(count, 1))
    return np.where(count > 0, len(partners.first) + first + drawn, rows)


def check_partners(partners: Partners | None, name: str) -> Partners:
    """Raises ``InputError`` where no row has a caption."""
    if partners is None or not len(partners.row):
        raise InputError(
            f"negatives {name} needs rows with captions, and this source has none: set "
            "negatives=in_batch, or choose a source with captions (modality=mixed)"
        )
    return partners
