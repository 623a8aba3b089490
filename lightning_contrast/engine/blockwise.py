"""The walk over the blocks, as one node of autograd's graph."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import torch
from torch import Tensor

from lightning_contrast.engine.columns import Block, Gradients, own_similarity, way
from lightning_contrast.engine.compiling import packed
from lightning_contrast.engine.method import Method, Parameters, Score
from lightning_contrast.types import Made, Rows

TILE = 2**17  # similarities in one block: the tile and its temporaries stay near the cache
GPU_TILE = 2**25  # on a GPU a block launches a dozen kernels: a small block takes as long
FEWEST = 64  # rows a block: below that the matrix products are slow


class Plan(NamedTuple):
    """All that the walk needs, except the tensors that receive gradients."""

    method: Method
    blocks: list[slice]
    compiled: bool
    anchors: Rows
    candidates: Rows
    valid: Tensor | None
    names: tuple[str, ...]
    """Names of the loss's own parameters."""
    share: Tensor | None = None
    """``Pairs.share`` of all anchors, for a loss that ``joins_anchors``."""


class Blockwise(torch.autograd.Function):
    """Forms the gradient in the forward pass; the backward pass only scales it."""

    @staticmethod
    def forward(
        ctx: Any, plan: Plan, a: Tensor, c: Tensor, own: Tensor | None, *parameters: Tensor
    ) -> Score:
        gradients = Gradients(
            *(
                torch.zeros_like(x) if needed and x is not None else None
                for x, needed in zip((a, c, own), ctx.needs_input_grad[1:4], strict=True)
            )
        )
        named = dict(zip(plan.names, (p.detach() for p in parameters), strict=True))
        learnt = {name: torch.zeros_like(p) for name, p in named.items()}
        total, weight = a.new_zeros(()), a.new_zeros(())
        score = way(plan.method, own)
        for block in blocks_of(plan, a, c, own, gradients):
            (value, count), slopes = score(plan.method, block, named)
            total, weight = total + value, weight + count
            for name, slope in slopes.items():
                learnt[name] += slope
        ctx.save_for_backward(*gradients, *learnt.values())  # freed once it is used
        ctx.mark_non_differentiable(weight)
        return total, weight

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, grad_total: Tensor, _: Any) -> Any:
        return None, *(None if g is None else g * grad_total for g in ctx.saved_tensors)


def blocks_of(
    plan: Plan, a: Tensor, c: Tensor, own: Tensor | None, gradients: Gradients
) -> Iterator[Block]:
    """Yields the blocks. They share one buffer: each overwrites the similarities of the last."""
    # Detached, for torch.compile warns of an input that is no leaf and needs a gradient.
    anchors = plan.anchors._replace(embedding=a.detach())
    candidates = plan.candidates._replace(embedding=c.detach())
    ready = (packed(anchors), packed(candidates)) if plan.compiled else (anchors, candidates)
    tile = a.new_empty(len(a[plan.blocks[0]]) if plan.blocks else 0, len(c))
    for rows in plan.blocks:
        similarity = tile[: len(a[rows])]
        torch.mm(a[rows], c.T, out=similarity)
        whole = len(similarity) == len(tile)  # another shape would compile again: it runs eagerly
        of, against = ready if whole else (anchors, candidates)
        made = None if own is None or plan.valid is None else Made(own[rows], plan.valid[rows])
        places = rows, slice(None), rows
        into = (None if g is None else g[place] for g, place in zip(gradients, places, strict=True))
        compiled = plan.compiled and whole
        share = None if plan.share is None else plan.share[rows]
        yield Block(similarity, cut(of, rows), against, made, Gradients(*into), compiled, share)


def plain_score(
    plan: Plan, a: Tensor, c: Tensor, own: Tensor | None, parameters: Parameters
) -> Score:
    """The walk with autograd's gradients: for no gradient at all, or for one small block."""
    total, weight = a.new_zeros(()), a.new_zeros(())
    for rows in plan.blocks:
        x, anchors, valid, share = a, plan.anchors, plan.valid, plan.share
        if len(plan.blocks) > 1:  # a single block holds all rows: slicing would only cost time
            x, anchors = a[rows], cut(anchors, rows)
            valid, share = (None if each is None else each[rows] for each in (valid, share))
        similarity = x @ c.T
        if own is not None:
            similarity = torch.cat((similarity, own_similarity(x, own[rows])), 1)
        of = anchors, plan.candidates, valid, share
        value, count = plan.method.score(similarity, parameters, *of)
        total, weight = total + value, weight + count
    return total, weight


def cut(rows: Rows, block: slice) -> Rows:
    """Some of the rows."""
    return Rows(*(column[block] for column in rows))


def tile_size(compiled: bool, half: bool, device: torch.device) -> int:
    """Number of similarities in a block; ``half`` marks a loss that needs twice the memory.

    >>> [tile_size(True, half, torch.device("cpu")) / TILE for half in (False, True)]
    [8.0, 4.0]
    """
    if device.type != "cpu":
        return GPU_TILE
    return TILE * ((4 if half else 8) if compiled else 1)


def cut_rows(anchors: int, rows: int) -> list[slice]:
    """Blocks of at most ``rows`` anchors, all of one size but the last: only the first size is
    compiled.

    >>> cut_rows(10, 4)
    [slice(0, 4, None), slice(4, 8, None), slice(8, 12, None)]
    """
    count = -(-anchors // rows)
    rows = -(-anchors // max(count, 1))
    return [slice(start, start + rows) for start in range(0, anchors, max(rows, 1))]
