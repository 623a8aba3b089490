"""From label names to class numbers."""

from collections.abc import Sequence

import numpy as np


def encode_labels(names: Sequence[str | None]) -> tuple[tuple[str, ...], np.ndarray]:
    """Class names in a fixed order, and the class number of each row, int64 ``(N,)``.

    The order is numeric where all names are whole numbers, else alphabetic: it does not depend on
    the order of the rows. ``None`` is unlabelled, -1.

    >>> classes, label = encode_labels(["10", "2", None, "2"])
    >>> classes, label.tolist()
    (('2', '10'), [1, 0, -1, 0])
    """
    found = {name for name in names if name is not None}
    numeric = all(name.lstrip("-").isdecimal() for name in found)
    classes = tuple(sorted(found, key=lambda name: (int(name) if numeric else 0, name)))
    number = {name: i for i, name in enumerate(classes)}
    return classes, np.array([-1 if n is None else number[n] for n in names], dtype=np.int64)
