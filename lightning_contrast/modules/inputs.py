"""A batch as one block of rows: anchors, then positives, then negatives."""

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
    label = torch.cat([part.label.flatten() for part in batch]).int()
    index = torch.cat([part.index.flatten() for part in batch]).int()
    counts = [part.label.numel() for part in batch]
    device = label.device
    own = [torch.arange(counts[0], device=device), torch.arange(counts[1], device=device)]
    explicit = counts[2] // max(counts[0], 1)
    slot = torch.cat([*own, own[0].repeat_interleave(explicit)])
    roles = [torch.full((n,), int(r), device=device) for n, r in zip(counts, Role, strict=False)]
    role = torch.cat(roles).int()
    return label, index, role, SLOTS * slot.int() + role


def _join(batch: Batch, parts: list[Tensor]) -> Tensor:
    anchor, positive, negative = parts
    parts = [anchor]
    if batch.positive.label.numel():
        parts.append(positive)
    if batch.negative.label.numel():
        parts.append(negative.flatten(0, 1))
    return parts[0] if len(parts) == 1 else torch.cat(parts)
