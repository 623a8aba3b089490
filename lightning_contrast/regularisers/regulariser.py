"""What a regulariser is: a penalty of the projections of the whole batch, beside the contrast."""

from abc import ABC, abstractmethod
from collections.abc import Mapping

import torch
from jaxtyping import Float
from torch import Tensor, nn

from lightning_contrast.batch import Counts
from lightning_contrast.config.part import Part, Run, name_of
from lightning_contrast.errors import InputError
from lightning_contrast.runtime.distributed import gather_vectors

Views = Float[Tensor, "v n d"]


class Regulariser(Part, nn.Module, ABC, group="regulariser", several=True):
    """``regulariser(views) -> value``: what the numbers of embeddings are to be like.

    ``views (v, n, d)`` are the projections of the rows of all ranks before they are made unit
    vectors, in float32 or wider: the anchors, then their first positives, then the second ones. It
    has its gradient from autograd. No regulariser knows a rank: every rank scores the joined batch.

    >>> class Small(Regulariser):
    ...     def forward(self, views):
    ...         return views.square().mean()
    >>> Small(weight=0.5)(torch.ones(2, 3, 4)).item()
    1.0
    """

    weight: float
    needs_positives = False
    """It compares the views of a row."""

    of_prototypes = False
    """Its rows are the classes, its views the prototypes of each (``candidates=prototypes``)."""

    needs_teacher = False
    """It is called with the teacher's vectors of the rows too, ``(n, t)``."""

    def __init__(self, weight: float = 1.0) -> None:
        super().__init__()
        self.weight = weight

    def check(self, run: Run) -> None:
        if run.unit.reads_places:
            raise InputError(
                f"regulariser {name_of(self)} compares whole samples, and unit "
                f"{name_of(run.unit)} reads places in them: set regulariser=[] or unit=whole"
            )
        if self.needs_teacher and not run.candidates.teaches:
            raise InputError(
                f"regulariser {name_of(self)} reads a teacher, and the run has none: set "
                "candidates=[teacher]"
            )
        if self.needs_positives and not run.drawn_positives:
            raise InputError(
                f"regulariser {name_of(self)} compares the views of a row, and none are drawn: set "
                "positives=view"
            )

    @abstractmethod
    def forward(self, views: Views) -> Tensor:
        """The penalty, 0-dimensional; it is 0 of a batch that is too small to have one."""


class Added(nn.Module):
    """The weighted penalties of some regularisers, by name: of none, nothing.

    >>> len(Added({})(torch.zeros(2, 3), Counts(2, 0, 0)))
    0
    """

    def __init__(self, parts: Mapping[str, Regulariser]) -> None:
        super().__init__()
        self.parts = nn.ModuleDict(parts)

    def __len__(self) -> int:
        return len(self.parts)

    def forward(
        self,
        projected: Float[Tensor, "r d"],
        counts: Counts,
        prototypes: Views | None = None,
        keys: Float[Tensor, "r t"] | None = None,
    ) -> dict[str, Tensor]:
        if not len(self):
            return {}
        with torch.autocast(projected.device.type, enabled=False):
            views = views_of(projected, counts)
            of_classes = views if prototypes is None else prototypes
            found = {}
            for name, part in self.parts.items():
                taught = [taught_of(keys, counts, views)] if part.needs_teacher else []
                found[name] = part.weight * part(
                    of_classes if part.of_prototypes else views, *taught
                )
            return found


def taught_of(keys: Tensor | None, counts: Counts, views: Views) -> Float[Tensor, "n t"]:
    """The teacher's vectors of the anchors of all ranks, whose other views have the same ones."""
    assert keys is not None, "a regulariser that needs a teacher was not given its vectors"
    return gather_vectors(keys[: counts.n].to(views)).detach()


def views_of(projected: Float[Tensor, "r d"], counts: Counts) -> Views:
    """The anchors and positives of all ranks, one view of the batch after the other.

    >>> views_of(torch.arange(4.0)[:, None], Counts(n=2, p=1, k=0)).flatten(1).tolist()
    [[0.0, 1.0], [2.0, 3.0]]
    """
    n, p, _ = counts
    wide = projected.to(torch.promote_types(projected.dtype, torch.float32))
    own = wide[: n * (1 + p)].unflatten(0, (1 + p, n)).transpose(0, 1)
    return gather_vectors(own).transpose(0, 1)
