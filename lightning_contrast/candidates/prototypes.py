"""Learnable rows, a few a class."""

from typing import Annotated

import torch
from torch import Tensor, nn

from lightning_contrast.batch import NO_SLOT, normalized
from lightning_contrast.candidates.store import Store
from lightning_contrast.config.part import Run, name_of
from lightning_contrast.config.ranges import Count, Range
from lightning_contrast.errors import InputError
from lightning_contrast.runtime.distributed import rank, world_size
from lightning_contrast.types import Role, Rows


class Prototypes(Store):
    """Learnable unit rows with the labels of the classes: candidates, or the anchors themselves.

    They are the class weights of CosFace and ArcFace, the proxies of ProxyNCA, the centers of
    SoftTriple. With ``pairing=label`` a row's positives are the prototypes of its class. They learn
    with the rate of the head (``module.head_lr_factor``). As anchors (ProxyAnchor) they are dealt
    out to the ranks, so that each is scored once.

    Args:
        classes: number of classes.
        embedding_size: width of an embedding.
        per_class: prototypes of a class; row ``i`` belongs to class ``i % classes``.
        as_anchors: the prototypes are scored against the batch's rows, not the rows against them.

    Source: Movshovitz-Attias et al. 2017 (arXiv 1703.07464).

    >>> rows = Rows(torch.eye(2), *torch.zeros(4, 2, dtype=torch.int32))
    >>> Prototypes(classes=3, embedding_size=2)(rows, rows)[1].label.tolist()
    [0, 1, 2]
    """

    holds_prototypes = True
    label: Tensor

    def __init__(
        self,
        classes: Annotated[int, Range(least=2)],
        embedding_size: Count,
        per_class: Count = 1,
        as_anchors: bool = False,
    ) -> None:
        super().__init__()
        self.classes, self.embedding_size = classes, embedding_size
        self.per_class, self.as_anchors = per_class, as_anchors
        self.weight = nn.Parameter(torch.randn(classes * per_class, embedding_size))
        label = torch.arange(classes, dtype=torch.int32).repeat(per_class)
        self.register_buffer("label", label, persistent=False)

    def check(self, run: Run) -> None:
        super().check(run)
        loss, name = run.loss, name_of(run.loss)
        if self.as_anchors != loss.anchors_are_prototypes:
            raise InputError(
                f"loss {name} takes prototypes as "
                f"{'anchors' if loss.anchors_are_prototypes else 'candidates'}: set "
                f"candidates.prototypes.as_anchors={str(loss.anchors_are_prototypes).lower()}"
            )
        if loss.per_class not in (0, self.per_class):
            raise InputError(
                f"loss {name} expects {loss.per_class} prototypes a class, candidates.prototypes."
                f"per_class is {self.per_class}: set both to the same number"
            )
        if not run.pairing.by_label:
            raise InputError(
                f"candidates=prototypes belong to classes, and pairing {name_of(run.pairing)} does "
                "not look at labels alone: set pairing=label"
            )

    def class_prototypes(self) -> torch.Tensor:
        return self.weight.unflatten(0, (self.per_class, self.classes))

    def rows(self) -> Rows:
        """All prototypes as rows: the first one of each class, then the second one, and so on."""
        none = torch.full_like(self.label, -1)
        role = torch.full_like(self.label, Role.PROTOTYPE)
        slot = torch.full_like(self.label, NO_SLOT)
        return Rows(normalized(self.weight), self.label, none, role, slot)

    def forward(self, anchors: Rows, gathered: Rows) -> tuple[Rows, Rows]:
        rows = self.rows()
        if not self.as_anchors:
            return anchors, rows
        mine = slice(rank(), None, world_size())
        return Rows(*(column[mine] for column in rows)), gathered
