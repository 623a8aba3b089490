"""Batches made of given anchors, positives and negatives, and taken apart again."""

from typing import Any

import torch

from lightning_contrast.batch import Batch, Counts, Examples, apply


def joined(anchor: Examples, positive: Examples | None, negative: Examples | None) -> Batch:
    """The block of these rows; ``negative`` is ``(n, k, ...)``."""
    parts, n, p, k = [anchor], len(anchor.label), 0, 0
    if positive is not None:
        p = len(positive.label) // max(n, 1)
        parts.append(positive)
    if negative is not None:
        k = negative.label.shape[1]
        parts.append(each(lambda rows: rows.flatten(0, 1), negative))
    return Batch(*each(lambda *rows: torch.cat(rows), *parts), Counts(n, p, k))


def each(operation: Any, *parts: Examples) -> Examples:
    """An operation on inputs, labels and indices."""
    return Examples(*(apply(operation, *column) for column in zip(*parts, strict=True)))


def by_role(batch: Batch) -> tuple[Examples, Examples, Examples]:
    """Anchors, positives and negatives."""
    return batch.anchor, batch.positive, batch.negative
