"""Rows of past batches."""

from typing import Any

import torch
from torch import Tensor

from lightning_contrast.batch import NO_SLOT
from lightning_contrast.candidates.store import Store
from lightning_contrast.config.part import Run
from lightning_contrast.config.ranges import Count, CountFromZero
from lightning_contrast.errors import InputError
from lightning_contrast.types import Rows

COLUMNS = ("embedding", "label", "index", "role")


class Queue(Store):
    """The last ``size`` rows of past batches, without gradient; the oldest leave first.

    With ``pairing=instance`` and ``candidates=[momentum,queue]`` it is MoCo's queue (He et al.
    2019, arXiv 1911.05722); with ``pairing=label`` and ``candidates=[in_batch,queue]`` it is
    cross-batch memory (Wang et al. 2019, arXiv 1912.06798). Rows keep their label and index, so
    that a row of the anchor's class, or of its own index, is never taken for a negative. All ranks'
    rows enter: every rank holds the same queue. Checkpoints save it, and it goes on where it was.

    Args:
        size: rows kept; at least those of one batch.
        embedding_size: width of an embedding.
        warm_up: steps before the queue is used (it is filled meanwhile): embeddings drift fast in
            the beginning.

    >>> queue = Queue(size=3, embedding_size=2)
    >>> rows = Rows(torch.eye(2), *torch.zeros(4, 2, dtype=torch.int32))
    >>> [len(queue(rows, rows)[1].label) for _ in range(3)]
    [0, 2, 3]
    """

    of_any_length = True
    embedding: Tensor
    label: Tensor
    index: Tensor
    role: Tensor

    def __init__(self, size: Count, embedding_size: Count, warm_up: CountFromZero = 0) -> None:
        super().__init__()
        self.size, self.embedding_size, self.warm_up = size, embedding_size, warm_up
        self.register_buffer("embedding", torch.zeros(size, embedding_size))
        for name in COLUMNS[1:]:  # the index of a place has its place above bit 32
            kind = torch.int64 if name == "index" else torch.int32
            self.register_buffer(name, torch.full((size,), -1, dtype=kind))
        self.filled = self.next = self.steps = 0  # known to the host: no wait for the device

    def check(self, run: Run) -> None:
        super().check(run)
        if self.size < run.rows:
            raise InputError(
                f"candidates.queue.size must be at least the {run.rows} rows of a batch, got "
                f"{self.size}: set candidates.queue.size={4 * run.rows}"
            )

    def forward(self, anchors: Rows, gathered: Rows) -> tuple[Rows, Rows]:
        count = self.filled if self.steps >= self.warm_up else 0
        kept = (self.embedding, self.label, self.index, self.role)
        embedding, label, index, role = (column[:count].clone() for column in kept)
        self.enqueue(gathered)
        none = torch.full_like(label, NO_SLOT)
        return anchors, Rows(embedding, label, index, role, none)

    @torch.no_grad()
    def enqueue(self, rows: Rows) -> None:
        """Stores the rows in place of the oldest ones; of more than ``size``, the last."""
        count = min(len(rows.label), self.size)
        first = min(count, self.size - self.next)
        for name in COLUMNS:
            new, kept = getattr(rows, name)[-count:], getattr(self, name)
            kept[self.next : self.next + first] = new[:first].to(kept.dtype)
            kept[: count - first] = new[first:].to(kept.dtype)
        self.next = (self.next + count) % self.size
        self.filled = min(self.filled + count, self.size)
        self.steps += 1

    def get_extra_state(self) -> dict[str, int]:
        return {"filled": self.filled, "next": self.next, "steps": self.steps}

    def set_extra_state(self, state: Any) -> None:
        self.filled, self.next, self.steps = state["filled"], state["next"], state["steps"]
