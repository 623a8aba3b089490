"""Several stores of candidates at once."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from lightning_contrast.batch import Batch
from lightning_contrast.candidates.store import Store
from lightning_contrast.types import Made, Rows


class Joined(Store):
    """The candidates of all its parts, one after the other: ``candidates=[in_batch,queue]``.

    A part that makes rows (``candidates.mixed``) makes them of the other parts' candidates.

    Args:
        parts: stores by name.

    >>> from lightning_contrast.candidates.in_batch import InBatch
    >>> rows = Rows(torch.eye(2), *torch.zeros(4, 2))
    >>> len(Joined({"a": InBatch(), "b": InBatch()})(rows, rows)[1].label)
    4
    """

    def __init__(self, parts: Mapping[str, Any]) -> None:
        super().__init__()
        self.stores = nn.ModuleDict(parts)

    @property
    def parts(self) -> dict[str, Any]:
        return dict(self.stores.items())

    @property
    def needs_positives(self) -> bool:  # type: ignore[override]
        return any(part.needs_positives for part in self.parts.values())

    def adopt(self, encoder: nn.Module, projector: nn.Module) -> None:
        for part in self.parts.values():
            part.adopt(encoder, projector)

    def online(self, batch: Batch, symmetric: bool) -> Batch:
        for part in self.parts.values():
            batch = part.online(batch, symmetric)
        return batch

    def keys(self, module: Any, rows: Rows, batch: Batch) -> Rows:
        for part in self.parts.values():
            rows = part.keys(module, rows, batch)
        return rows

    def forward(self, anchors: Rows, gathered: Rows) -> tuple[Any, ...]:
        found = []
        for part in self.parts.values():
            if not part.makes_rows:
                anchors, candidates = part(anchors, gathered)
                found.append(candidates)
        columns = zip(*(found or [gathered]), strict=True)
        candidates = Rows(*(torch.cat(column) for column in columns))
        return anchors, candidates, *self.make(anchors, candidates)

    def make(self, anchors: Rows, candidates: Rows) -> tuple[Made, ...]:
        made = [one for part in self.parts.values() for one in part.make(anchors, candidates)]
        if not made:
            return ()
        return (Made(*(torch.cat(column, 1) for column in zip(*made, strict=True))),)
