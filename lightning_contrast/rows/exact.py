"""Keys of rows by their exact content, for values that are stored for each row."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from lightning_contrast.rows.content import digest, image_keys, text_keys
from lightning_contrast.rows.parts import Parts


def exact_keys(raw: Any, rows: np.ndarray) -> np.ndarray:
    """A hash of each of these rows, uint64 ``(r,)``; texts are not normalised (``content_keys``).

    >>> keys = exact_keys(["one", "One", "one"], np.array([2, 1, 0]))
    >>> bool(keys[0] == keys[2]), bool(keys[0] == keys[1])
    (True, False)
    """
    if isinstance(raw, Parts):
        found = np.zeros(len(rows), dtype=np.uint64)
        for name, (places, own) in raw.of(rows).items():
            found[places] = exact_keys(raw.parts[name], own) ^ np.uint64(digest(name.encode()))
        return found
    if isinstance(raw, Sequence):
        return text_keys(raw[row] for row in rows.tolist())
    return image_keys(raw)[rows]
