"""What a store of candidates is, what it may say of itself, and several of them at once."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from lightning_contrast.batch import Batch
from lightning_contrast.config.part import Part, Run, name_of
from lightning_contrast.errors import InputError
from lightning_contrast.types import Made, Rows


class Store(Part, nn.Module, group="candidates", several=True):
    """Says what the anchors are scored against: ``store(anchors, gathered)``.

    ``gathered`` are the rows of the batch, of all ranks. The answers here are those of a store that
    adds nothing to them (``candidates.in_batch``); each other store changes one or two.

    >>> class Half(Store):
    ...     def forward(self, anchors, gathered):
    ...         return anchors, Rows(*(column[::2] for column in gathered))
    >>> rows = Rows(torch.eye(4), *torch.zeros(4, 4))
    >>> len(Half()(rows, rows)[1].label)
    2
    """

    needs_positives = False
    """It encodes the positives that are drawn for the rows."""

    makes_rows = False
    """It makes negatives for each anchor, and adds no candidates for all anchors."""

    draws_rows = False
    """As a choice of ``negatives``, it has no rows of the data drawn for it."""

    writes_texts = False
    """As a choice of ``negatives``, it writes no texts."""

    encodes_samples = False
    """It encodes samples of the batch by itself, so that a row can't be a place in one."""

    holds_prototypes = False
    """Its rows are prototypes of the classes."""

    teaches = False
    """It holds the vectors of a teacher: ``taught`` gives those of rows."""

    of_any_length = False
    """Its rows are as the engine compares them, not unit vectors in any case."""

    holds_positives = False
    """Among its rows is a positive of each anchor, under the anchor's own index."""

    def check(self, run: Run) -> None:
        if self.makes_rows and run.loss.needs_teacher:
            raise InputError(
                f"loss {name_of(run.loss)} reads the teacher's similarities, and there are none of "
                f"the negatives that {name_of(self)} makes: leave it out"
            )
        if self.makes_rows and (run.loss.on_prototypes or run.loss.anchors_are_prototypes):
            raise InputError(
                f"loss {name_of(run.loss)} is on prototypes, and {name_of(self)} makes negatives "
                "that are none: set negatives=in_batch candidates=prototypes"
            )
        if run.takes_lengths and not self.of_any_length:
            raise InputError(
                f"candidates {name_of(self)} holds unit vectors, and engine.similarity="
                f"{run.similarity} compares embeddings of any length: set candidates=in_batch, or "
                "engine.similarity=cosine"
            )
        if self.encodes_samples and run.unit.reads_places:
            raise InputError(
                f"candidates {name_of(self)} encodes whole samples, and unit {name_of(run.unit)} "
                "reads places in them: set candidates=in_batch or unit=whole"
            )
        if self.needs_positives and not run.drawn_positives:
            raise InputError(
                f"candidates {name_of(self)} encodes the positives drawn for the rows, and none "
                "are drawn: set positives=view or positives=same_class"
            )

    def with_prototypes(self) -> bool:
        """Whether prototypes of the classes are among its rows."""
        return self.holds_prototypes

    def class_prototypes(self) -> Tensor | None:
        """The prototypes of the classes ``(k, classes, d)``, ``k`` of each; None without any."""
        return None

    def adopt(self, encoder: nn.Module, projector: nn.Module) -> None:
        """Called once by the classifier: a store that follows its encoder copies it here."""

    def online(self, batch: Batch, symmetric: bool) -> Batch:
        """The part of the batch that goes through the encoder with a gradient."""
        return batch

    def keys(self, module: Any, rows: Rows, batch: Batch) -> Rows:
        """The rows of this rank that become candidates, once they are gathered."""
        return rows

    def taught(self, rows: Rows) -> Tensor:
        """The teacher's unit vectors of rows, ``(r, t)``, by their index."""
        raise InputError(f"candidates {name_of(self)} holds no teacher: set candidates=teacher")

    def make(self, anchors: Rows, candidates: Rows) -> tuple[Made, ...]:
        """The negatives that it makes for each anchor out of the candidates: here none."""
        return ()

    def forward(self, anchors: Rows, gathered: Rows) -> tuple[Any, ...]:
        """The anchors of this rank, their candidates, and the negatives that are made."""
        return anchors, gathered, *self.make(anchors, gathered)


class Joined(Store):
    """The candidates of all its parts, one after the other: ``candidates=[in_batch,queue]``.

    A part that makes rows (``candidates.mixed``) makes them of the other parts' candidates.

    Args:
        parts: stores by name.

    >>> rows = Rows(torch.eye(2), *torch.zeros(4, 2))
    >>> len(Joined({"a": Store(), "b": Store()})(rows, rows)[1].label)
    4
    """

    def __init__(self, parts: Mapping[str, Any]) -> None:
        super().__init__()
        self.stores = nn.ModuleDict(parts)
        self.teaches = any(part.teaches for part in parts.values())
        self.holds_positives = any(part.holds_positives for part in parts.values())

    @property
    def parts(self) -> dict[str, Any]:
        return dict(self.stores.items())

    def check(self, run: Run) -> None:
        for part in self.parts.values():
            part.check(run)

    def with_prototypes(self) -> bool:
        return any(part.with_prototypes() for part in self.parts.values())

    def class_prototypes(self) -> Tensor | None:
        found = (part.class_prototypes() for part in self.parts.values())
        return next((each for each in found if each is not None), None)

    def adopt(self, encoder: nn.Module, projector: nn.Module) -> None:
        for part in self.parts.values():
            part.adopt(encoder, projector)

    def taught(self, rows: Rows) -> Tensor:
        return next(part for part in self.parts.values() if part.teaches).taught(rows)

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
