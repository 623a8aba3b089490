"""Three ways to score a block and add up its gradients, by the columns that the loss reads.

``G`` is the gradient of the block's sum with respect to its similarities. Then ``G C`` is the
gradient of the anchors ``A``, and ``G' A`` is added to the gradient of the candidates ``C``.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from lightning_contrast.engine.method import Method, Parameters, Score, slopes
from lightning_contrast.types import Made, Rows


class Gradients(NamedTuple):
    """The tensors that gradients are written to; ``None`` where no gradient is needed."""

    anchors: Float[Tensor, "a d"] | None
    candidates: Float[Tensor, "c d"] | None
    own: Float[Tensor, "a s d"] | None


class Block(NamedTuple):
    """Some anchors, all candidates, and what was made for these anchors."""

    similarity: Float[Tensor, "a c"]
    anchors: Rows
    candidates: Rows
    own: Made | None
    gradients: Gradients
    compiled: bool
    share: Float[Tensor, "a m"] | None = None

    def add(self, slope: Float[Tensor, "a c"]) -> None:
        """Adds the gradients that follow from the slopes of the similarities."""
        if self.gradients.anchors is not None:
            torch.mm(slope, self.candidates.embedding, out=self.gradients.anchors)
        if self.gradients.candidates is not None:
            self.gradients.candidates.addmm_(slope.T, self.anchors.embedding)


Way = Callable[[Method, Block, Parameters], tuple[Score, Parameters]]
"""Scores a block: ``(sum, weight)``, and the gradients of the loss's own parameters."""


def way(method: Method, own: Tensor | None) -> Way:
    """Chooses the way for all blocks of a batch."""
    if own is not None:
        return with_own_columns
    return two_columns if method.picks else all_columns


def all_columns(method: Method, block: Block, parameters: Parameters) -> tuple[Score, Parameters]:
    """The loss reads all similarities of a row."""
    rows = block.anchors, block.candidates, None, block.share
    (slope, learnt), score = method.slopes(block.compiled)(block.similarity, parameters, *rows)
    block.add(slope)
    return score, learnt


def two_columns(method: Method, block: Block, parameters: Parameters) -> tuple[Score, Parameters]:
    """The loss reads two columns a row: the positive and the negative that the miner keeps. ``G``
    has two entries a row, so the gradients need no matrix products."""
    anchors, candidates = block.anchors, block.candidates
    number, pairs = method.pick(block.compiled)(block.similarity, anchors, candidates)
    pairs, two = pairs._replace(share=block.share), block.similarity.gather(1, number)
    (slope, learnt), score = slopes(method.lose, two, parameters, pairs)
    if block.gradients.anchors is not None:
        gained = slope[..., None] * candidates.embedding[number]
        torch.sum(gained, 1, out=block.gradients.anchors)
    if block.gradients.candidates is not None:  # index_put_ adds in a fixed order, also on a GPU
        gained = slope[..., None] * anchors.embedding[:, None]
        block.gradients.candidates.index_put_((number,), gained, accumulate=True)
    return score, learnt


def with_own_columns(
    method: Method, block: Block, parameters: Parameters
) -> tuple[Score, Parameters]:
    """The loss reads all columns, and one more for each negative that was made for the anchor."""
    assert block.own is not None
    anchors, (own, valid) = block.anchors.embedding, block.own
    tile = torch.cat((block.similarity, own_similarity(anchors, own)), 1)
    rows = block.anchors, block.candidates, valid, block.share
    (slope, learnt), score = method.slopes(block.compiled)(tile, parameters, *rows)
    slope, made = slope.tensor_split([block.similarity.shape[1]], dim=1)
    block.add(slope)
    if block.gradients.anchors is not None:
        block.gradients.anchors.add_(torch.bmm(made[:, None], own)[:, 0])
    if block.gradients.own is not None:
        torch.mul(made[..., None], anchors[:, None], out=block.gradients.own)
    return score, learnt


def own_similarity(
    anchors: Float[Tensor, "a d"], own: Float[Tensor, "a s d"]
) -> Float[Tensor, "a s"]:
    """The similarities of each anchor to the negatives that were made for it alone.

    >>> own_similarity(torch.eye(2), torch.tensor([[[3., 4.]], [[5., 6.]]])).tolist()
    [[3.0], [6.0]]
    """
    return torch.bmm(own, anchors[:, :, None])[..., 0]
