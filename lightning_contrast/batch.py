"""A batch as one block of rows: anchors, then positives, then negatives."""

from functools import lru_cache
from typing import Any

import torch
from torch import Tensor

from lightning_contrast.errors import InputError
from lightning_contrast.types import POSITIVES, SLOTS, Batch, Role, Rows


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
    if len(parts) == 1:
        label, index = parts[0].label.flatten().int(), parts[0].index.flatten().int()
    else:
        label = torch.cat([part.label.flatten() for part in parts]).int()
        index = torch.cat([part.index.flatten() for part in parts]).int()
    counts = tuple(part.label.numel() for part in batch)
    return label, index, *_layout(counts, label.device)


def first(features: Tensor, count: int) -> Tensor:
    """The first rows; all of them as they are, since a cut costs a step of the gradient."""
    return features if len(features) == count else features[:count]


def anchor_rows(rows: Rows, batch: Batch, symmetric: bool, pair_sums: bool) -> Rows:
    """The rows that act as anchors: a prefix, since negatives stand last.

    With ``symmetric`` the positives are among them; with ``pair_sums`` each is the sum of a row and
    its (first) drawn positive.
    """
    count = len(batch.anchor.label)
    if pair_sums:
        first = Rows(*(column[:count] for column in rows))
        return first._replace(embedding=first.embedding + rows.embedding[count : 2 * count])
    if symmetric:
        count += len(batch.positive.label)
    return rows if count == len(rows.label) else Rows(*(column[:count] for column in rows))


@lru_cache(maxsize=16)
def _layout(counts: tuple[int, ...], device: torch.device) -> tuple[Tensor, Tensor]:
    """Role and slot of every row of a batch of so many anchors, positives and negatives."""
    anchors, positives, negatives = counts
    each = max(anchors, 1)
    if positives > POSITIVES * each:
        raise InputError(
            f"a row has {POSITIVES} positives at most, got {positives // each}: draw fewer of them"
        )
    own, drawn = torch.arange(anchors, device=device), torch.arange(positives, device=device)
    sample = torch.cat([own, drawn % each, own.repeat_interleave(negatives // each)])
    copy = torch.cat([own * 0, drawn // each, own.new_zeros(negatives)])
    roles = [torch.full((n,), int(r), device=device) for n, r in zip(counts, Role, strict=False)]
    role = torch.cat(roles).int()
    return role, (SLOTS * sample + len(Role) * copy).int() + role


def _join(batch: Batch, parts: list[Tensor]) -> Tensor:
    anchor, positive, negative = parts
    parts = [anchor]
    if batch.positive.label.numel():
        parts.append(positive)
    if batch.negative.label.numel():
        parts.append(negative.flatten(0, 1))
    return parts[0] if len(parts) == 1 else torch.cat(parts)
