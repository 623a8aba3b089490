"""The blockwise contrast: value and gradient of any pair loss, without a B x B matrix.

A loss here is a function of a *block* of anchor rows against all candidates. The engine walks the
blocks and forms each block's gradient while the block is in memory. Only two matrices of the shape
of the embeddings outlive a block, so memory is linear in the batch.

Read on in ``method`` (one block), ``columns`` (its gradients) and ``blockwise`` (the walk).
"""

from collections.abc import Callable, Sequence
from typing import Any, Literal

import torch
from torch import Tensor

from lightning_contrast.batch import normalized
from lightning_contrast.config.arguments import checked
from lightning_contrast.config.part import Part, name_of
from lightning_contrast.config.ranges import Count
from lightning_contrast.engine.blockwise import (
    FEWEST,
    TILE,
    Blockwise,
    Plan,
    cut_rows,
    plain_score,
    tile_size,
)
from lightning_contrast.engine.both_rows import both_rows_score
from lightning_contrast.engine.compiling import worth_compiling
from lightning_contrast.engine.joined import joined_score
from lightning_contrast.engine.method import Method, Score
from lightning_contrast.errors import InputError
from lightning_contrast.metrics.similarity import OF_UNIT_VECTORS, Kind, factors
from lightning_contrast.types import Made, Rows

CPU = torch.device("cpu")
BASES = {
    "pairing": "lightning_contrast.pairings.pairing.Pairing",
    "miner": "lightning_contrast.miners.miner.Miner",
    "loss": "lightning_contrast.losses.loss.Loss",
}


class Contrast(Method):
    """Scores anchors against candidates: similarity, pairing, miner and loss, block by block.

    The value is the pair ``(sum, weight)`` of the loss over the anchors that count; divide them
    (over all ranks: ``distributed.mean_over_ranks``) for the mean. The sum carries the gradient for
    the anchors, for the candidates if they need one, and for the loss's own parameters. ``made``
    holds negatives that were made for one anchor each: they are further columns of its row, and the
    pairing does not see them.

    Args:
        pairing: a ``pairings.pairing.Pairing``: which pairs are positive and negative.
        miner: a ``miners.miner.Miner``: which of them are kept.
        loss: a ``losses.loss.Loss``: how the kept pairs of a block are scored.
        block_rows: anchor rows a block; ``None`` picks them so that a block is about half a MB
            (4 MB compiled, 128 MB on a GPU), and has 64 rows at least.
        compile: ``"auto"`` compiles the block from 2048 candidates up where there is a compiler;
            ``True`` and ``False`` force it.
        widths: also scores the first ``width`` numbers of each embedding, normalised again, so that
            these numbers can be used alone (Kusupati et al. 2022, arXiv 2205.13147). Sums and
            weights are added up over all widths and the whole embedding. Their ratio is the mean
            over the widths, each with the same weight. The blocks are walked once for each width,
            and all widths share the learnt parameters of the loss.
        teacher: ``rows -> (r, t)``, the teacher's unit vectors of rows, by their index. A loss that
            ``needs_teacher`` gets their products as ``pairs.teacher``, a block at a time.
        similarity: what is compared (``metrics.similarity``): the ``cosine``, the product (``dot``)
            or ``1 - d^2 / 2`` of the ``euclidean`` distance of embeddings of any length. ``None``:
            the first of the loss's ``similarities``.
        weigh: ``rows -> (r,)``, how much each row counts as an anchor; ``None``: alike.

    Raises:
        InputError: a part is not derived from the base of its group; a width is not below that of
            the embeddings, or a part scores sums of two rows, whose first numbers are no such sum;
            a loss needs a teacher, and there is none; a loss does not take the similarity; a
            loss joins the anchors of a batch, and they have weights or a miner that draws.

    >>> from lightning_contrast.losses.supcon import SupCon
    >>> from lightning_contrast.miners.keep_all import KeepAll
    >>> from lightning_contrast.pairings.label import Label
    >>> x = torch.nn.functional.normalize(torch.eye(4, 3) + 0.5).requires_grad_()
    >>> rows = Rows(x, torch.tensor([0, 0, 1, 1]), *torch.arange(4).expand(3, 4))
    >>> total, weight = Contrast(Label(), KeepAll(), SupCon())(rows, rows)
    >>> total.backward(); weight.item(), x.grad.shape
    (4.0, torch.Size([4, 3]))
    """

    @checked
    def __init__(
        self,
        pairing: Any,
        miner: Any,
        loss: Any,
        block_rows: Count | None = None,
        compile: bool | Literal["auto"] = "auto",
        widths: Sequence[Count] = (),
        teacher: Callable[[Rows], Tensor] | None = None,
        similarity: Kind | None = None,
        weigh: Callable[[Rows], Tensor] | None = None,
    ) -> None:
        for part, (group, base) in zip((pairing, miner, loss), BASES.items(), strict=True):
            check_base(part, group, base)
        if loss.needs_teacher and teacher is None:
            raise InputError(
                f"loss {name_of(loss)} reads the teacher's similarities, but there is no teacher: "
                "set candidates=teacher, or give Contrast a teacher"
            )
        loss.check_similarity(similarity)
        loss.check_miner(miner)
        if weigh is not None:
            loss.check_weights()
        super().__init__(pairing, miner, loss, teacher, compile is True, weigh)
        self.similarity: Kind = similarity or loss.similarities[0]
        self.block_rows, self.compile = block_rows, compile  # type: ignore[assignment,method-assign]
        self.widths = widths
        if widths and self.needs_pair_sums:
            raise InputError(
                f"engine.widths can't be used with loss {name_of(loss)}, which scores sums of two "
                "rows: set engine.widths=[], or another loss"
            )

    @property
    def needs_pair_sums(self) -> bool:
        """Whether each anchor must be the sum of a row and its drawn positive (angular loss)."""
        return self.miner.needs_pair_sums or self.loss.needs_pair_sums

    def embedding(self, projected: Tensor) -> Tensor:
        """What is compared of the projector's output: unit vectors, or it as it is."""
        return normalized(projected) if self.similarity in OF_UNIT_VECTORS else projected

    def forward(self, anchors: Rows, candidates: Rows, made: Made | None = None) -> Score:
        total, weight = self.walk(anchors, candidates, made)
        for width in self.widths:
            narrow = None if made is None else made._replace(embedding=self.first(made, width))
            a, c = (
                side._replace(embedding=self.first(side, width)) for side in (anchors, candidates)
            )
            value, count = self.walk(a, c, narrow)
            total, weight = total + value, weight + count
        return total, weight

    def first(self, rows: Rows | Made, width: int) -> Tensor:
        """The first ``width`` numbers of each embedding as they are compared, float32 at least."""
        embedding = rows.embedding
        if width >= embedding.shape[-1]:
            raise InputError(
                f"engine.widths must be below the {embedding.shape[-1]} numbers of the embedding "
                f"(all of them are scored anyway), got {width}: set "
                f"engine.widths=[{embedding.shape[-1] // 2}]"
            )
        wide = torch.promote_types(embedding.dtype, torch.float32)
        return self.embedding(embedding[..., :width].to(wide))

    def walk(self, anchors: Rows, candidates: Rows, made: Made | None) -> Score:
        """The score at one width: that of the embeddings given."""
        with torch.no_grad():
            self.loss.observe(anchors, candidates)
        wide = torch.promote_types(anchors.embedding.dtype, torch.float32)
        a, c = anchors.embedding.to(wide), candidates.embedding.to(wide)
        own, valid = (None, None) if made is None else (made.embedding.to(wide), made.valid)
        own = None if own is None else factors(self.similarity, a, own)[1]
        a, c = factors(self.similarity, a, c)
        parameters: dict[str, Tensor] = dict(self.loss.named_parameters())
        inputs = [x for x in (a, c, own, *parameters.values()) if x is not None]
        learns = torch.is_grad_enabled() and any(x.requires_grad for x in inputs)
        compiled = learns and self.compiles(len(c), c.device)
        blocks = self.blocks(len(a), len(c), compiled, c.device)
        plan = Plan(self, blocks, compiled, anchors, candidates, valid, tuple(parameters))
        at_once = not compiled and len(blocks) == 1 and len(a) * len(c) <= TILE
        with torch.autocast(a.device.type, enabled=False):
            if self.loss.reads_both:
                total, weight = both_rows_score(plan, a, c, own, parameters, learns)
            elif self.loss.joins_anchors:
                total, weight = joined_score(plan, a, c, own, parameters, learns)
            elif learns and not at_once:  # also with no rows: other ranks wait for this gradient
                total, weight = Blockwise.apply(plan, a, c, own, *parameters.values())
            else:
                total, weight = plain_score(plan, a, c, own, parameters)
        # A NaN in any row makes the sum NaN, even if the miner or a mask leaves that row out.
        harm = sum(0 * x.detach().sum() for x in (a, c, own) if x is not None)
        return total + harm, weight

    def blocks(
        self, anchors: int, candidates: int, compiled: bool, device: torch.device = CPU
    ) -> list[slice]:
        """The anchor rows of each block; no block if there are no candidates."""
        if not candidates:
            return []
        tile = tile_size(compiled, self.loss.half_blocks and not self.picks, device)
        return cut_rows(anchors, self.block_rows or max(FEWEST, tile // candidates))

    def compiles(self, candidates: int, device: torch.device) -> bool:
        """Whether blocks of this many candidates are compiled."""
        if self.compile != "auto":
            return bool(self.compile)
        return worth_compiling(candidates, device)


def check_base(part: Any, group: str, base: str) -> None:
    """Raises ``InputError`` unless the part is derived from the base of its group.

    >>> check_base(torch.nn.Identity(), "loss", BASES["loss"])
    Traceback (most recent call last):
    lightning_contrast.errors.InputError: a loss must be derived from lightning_contrast.losses...
    """
    if not (isinstance(part, Part) and part.group == group):
        name, kind = name_of(part), base.rpartition(".")[2]
        raise InputError(
            f"a {group} must be derived from {base}, and {name} is not: write class {name}({kind})"
        )
