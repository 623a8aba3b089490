"""Rows that can't be used: they raise an error that names the first, or are skipped."""

import numpy as np

from lightning_contrast.errors import InputError


def keep_usable(bad: dict[int, str], rows: int, skip: bool) -> np.ndarray:
    """The numbers of the usable rows, int64; ``bad`` maps row numbers to what is wrong with them.

    Raises ``InputError`` for the first bad row unless ``skip``.

    >>> keep_usable({1: "row 2 of a.csv: the text is empty"}, rows=3, skip=True).tolist()
    [0, 2]
    """
    if bad and not skip:
        first = min(bad)
        more = f" (and {len(bad) - 1} more such rows)" if len(bad) > 1 else ""
        raise InputError(
            f"{bad[first]}{more}: mend it, or set source.skip_bad_rows=true to leave it out"
        )
    usable = np.ones(rows, dtype=bool)
    usable[list(bad)] = False
    return np.flatnonzero(usable)
