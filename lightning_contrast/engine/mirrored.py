"""Anchors that are their own candidates: a tile of the upper triangle serves two anchors at once.

Where each pair has a value ``v`` of its own (``pair_values`` of the loss), and an anchor's loss is
the mean over its positives and the mean over its negatives, a pair's share in these means is known
before its similarity is. Similarities are their own transpose, so that with the tile ``S`` of rows
``I`` and ``J`` and the slope ``H`` of ``sum v(S) (share_I + share_J)``, ``dX_I += H X_J`` and
``dX_J += H' X_I``: one and a half matrix products in all, where blocks of whole rows take three.
"""

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from lightning_contrast.engine import masked
from lightning_contrast.engine.blockwise import Score, cut, slopes
from lightning_contrast.engine.compiling import Compiled
from lightning_contrast.engine.packed import packed
from lightning_contrast.miners.keep_all import KeepAll
from lightning_contrast.types import Pairs, Rows

EAGER, COMPILED, GPU = 2**17, 2**18, 2**25  # similarities in one tile


class Mirror:
    """Value and gradient of a loss on pairs, of rows against themselves.

    >>> from lightning_contrast.losses.cosine_margin import CosineMargin
    >>> from lightning_contrast.pairings.label import Label
    >>> Mirror.serves(Label(), KeepAll(), CosineMargin())
    True
    """

    def __init__(self, pairing: Callable[[Rows, Rows], Pairs], loss: nn.Module, insist: bool):
        self.pairing, self.loss, self.insist = pairing, loss, insist
        self._compiled: tuple[Compiled, Compiled] | None = None

    @staticmethod
    def serves(pairing: Any, miner: Any, loss: nn.Module) -> bool:
        """Whether every pair is one of both its rows, is kept, and has a value of its own."""
        mutual = getattr(pairing, "mutual", False) and type(miner) is KeepAll
        return mutual and hasattr(loss, "pair_values") and not list(loss.parameters())

    def shares(self, anchors: Rows, candidates: Rows) -> Float[Tensor, "a 2"]:
        """What one positive and one negative weigh in each anchor's loss: 0 without a positive."""
        like = candidates.embedding
        pairs = self.pairing(anchors, candidates)[:2]
        count = torch.stack([masked.weights(mask, like).sum(1) for mask in pairs], 1)
        return (count[:, :1] > 0) / count.clamp_min(1)

    def tile(
        self, tiles: tuple[Tensor], parameters: dict, rows: Rows, others: Rows, a: Tensor, c: Tensor
    ) -> Score:
        """The sum over a tile's pairs, each for both its rows: ``a``, ``c`` are their shares."""
        (similarity,) = tiles
        positive, negative = (
            masked.weights(mask, similarity) for mask in self.pairing(rows, others)[:2]
        )
        share = positive * (a[:, :1] + c[:, 0]) + negative * (a[:, 1:] + c[:, 1])
        total = (self.loss.pair_values(similarity, positive) * share).sum()  # type: ignore[operator]
        return total, total.detach()

    def functions(self, compiled: bool) -> tuple[Callable, Callable]:
        """``shares``, and ``tile`` with its slopes."""
        eager = self.shares, partial(slopes, self.tile)
        if not compiled:
            return eager
        if self._compiled is None:
            slope = torch.func.grad_and_value(self.tile, argnums=(0, 1), has_aux=True)
            self._compiled = (
                Compiled(self.shares, eager[0], self.insist),
                Compiled(slope, eager[1], self.insist),
            )
        return self._compiled


def parts(rows: int, side: int) -> list[slice]:
    """The rows cut into parts of one size, at most ``side``, where that can be.

    >>> parts(7, 4)
    [slice(0, 4, None), slice(4, 7, None)]
    """
    size = -(-rows // max(1, -(-rows // side)))
    return [slice(start, min(start + size, rows)) for start in range(0, rows, max(size, 1))]


class Mirrored(torch.autograd.Function):
    """Forms the gradient in the forward pass; the backward pass only scales it."""

    @staticmethod
    def forward(
        ctx: Any, mirror: Mirror, rows: Rows, side: int | None, compiled: bool, x: Tensor
    ) -> Score:
        rows = rows._replace(embedding=x)
        tile = (COMPILED if compiled else EAGER) if x.device.type == "cpu" else GPU
        sides = parts(len(x), side or math.isqrt(tile))
        whole = sides[0].stop if sides else 0

        if compiled and whole and not len(x) % whole:
            rows = packed(rows)  # once for all tiles

        def functions(*slices: slice) -> tuple[Callable, Callable]:
            # A second shape would compile again.
            return mirror.functions(compiled and all(s.stop - s.start == whole for s in slices))

        share = torch.cat([functions(s)[0](cut(rows, s), rows) for s in sides])
        gradient, total = torch.zeros_like(x), x.new_zeros(())
        for place, left in enumerate(sides):
            for right in sides[place:]:
                # On the diagonal both orders of a pair lie in the tile.
                half = share[left] / 2 if left is right else share[left]
                other = half if left is right else share[right]
                ends = cut(rows, left), cut(rows, right)
                similarity = x[left] @ x[right].T
                ((slope,), _), (value, _) = functions(left, right)[1](
                    (similarity,), {}, *ends, half, other
                )
                gradient[left].addmm_(slope, x[right])
                gradient[right].addmm_(slope.T, x[left])
                total = total + value
        ctx.save_for_backward(gradient)
        weight = (share[:, 0] > 0).sum().to(x.dtype)
        ctx.mark_non_differentiable(weight)
        return total, weight

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, grad_total: Tensor, _: Any) -> Any:
        (gradient,) = ctx.saved_tensors
        return None, None, None, None, gradient * grad_total
