"""A batch as one block of rows: anchors, then positives, then negatives."""

from functools import lru_cache
from typing import Any

import torch
from torch import Tensor

from lightning_contrast.types import SLOTS, Batch, Role


def concatenate(batch: Batch) -> Any:
    """All inputs of the batch ``(r, ...)``, negatives flattened; the empty ones are left out."""
    anchor = batch.anchor.inputs
    if isinstance(anchor, dict):
        return {key: _join(batch, [p.inputs[key] for p in batch]) for key in anchor}
    return _join(batch, [part.inputs for part in batch])


def row_columns(batch: Batch) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Label, index, role and slot of every row, in the order of ``concatenate``, as int32.

    Half the width compares twice as fast, and that is all a pairing does with them.
    """
    parts = [part for part in batch if part.label.numel()]
    label = torch.cat([part.label.flatten() for part in parts]).int()
    index = torch.cat([part.index.flatten() for part in parts]).int()
    counts = tuple(part.label.numel() for part in batch)
    return label, index, *_layout(counts, label.device)


@lru_cache(maxsize=16)
def _layout(counts: tuple[int, ...], device: torch.device) -> tuple[Tensor, Tensor]:
    """Role and slot of every row of a batch of so many anchors, positives and negatives."""
    anchors, positives, negatives = counts
    own = [torch.arange(anchors, device=device), torch.arange(positives, device=device)]
    sample = torch.cat([*own, own[0].repeat_interleave(negatives // max(anchors, 1))])
    roles = [torch.full((n,), int(r), device=device) for n, r in zip(counts, Role, strict=False)]
    role = torch.cat(roles).int()
    return role, SLOTS * sample.int() + role


def _join(batch: Batch, parts: list[Tensor]) -> Tensor:
    anchor, positive, negative = parts
    parts = [anchor]
    if batch.positive.label.numel():
        parts.append(positive)
    if batch.negative.label.numel():
        parts.append(negative.flatten(0, 1))
    return parts[0] if len(parts) == 1 else torch.cat(parts)
