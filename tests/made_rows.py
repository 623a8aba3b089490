"""Training rows made for the tests of distributions."""

from collections.abc import Sequence

import numpy as np

from lightning_contrast.rows.duplicates import content_keys
from lightning_contrast.rows.training_rows import TrainingRows

CLASSES = tuple("abcdefghijkl")


def made_rows(sizes: dict[int, int], unlabelled: int = 0, seed: int = 0) -> TrainingRows:
    """Texts with words of their class and of their own, ``sizes[c]`` of class ``c``, shuffled."""
    random = np.random.default_rng(seed)
    numbers = {**sizes, -1: unlabelled}
    label = random.permutation(np.repeat(list(numbers), list(numbers.values())))
    words = random.integers(12, size=(len(label), 6))
    texts = [
        " ".join(f"c{c}x{w}" for w in row) + f" only{i}"
        for i, (c, row) in enumerate(zip(label.tolist(), words.tolist(), strict=True))
    ]
    return as_rows(texts, label)


def as_rows(raw: Sequence[str], label: np.ndarray) -> TrainingRows:
    """All of these rows."""
    return TrainingRows(np.arange(len(label)), label, content_keys(raw), CLASSES, raw)


def reordered(rows: TrainingRows, seed: int = 0) -> TrainingRows:
    """The same contents and labels, as a source in another order would give them."""
    order = np.random.default_rng(seed).permutation(len(rows.row))
    return as_rows([rows.raw[i] for i in order], rows.label[order])


def contents(rows: TrainingRows) -> set[tuple[str, int]]:
    """Texts and labels, in no order."""
    return {(rows.raw[i], c) for i, c in zip(rows.row.tolist(), rows.label.tolist(), strict=True)}
