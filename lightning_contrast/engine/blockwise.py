"""The walk over the blocks, as one node of autograd's graph."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from lightning_contrast.engine.own_columns import add_own_gradients, own_similarity
from lightning_contrast.engine.packed import packed
from lightning_contrast.engine.picked import add_gradients
from lightning_contrast.types import Rows

if TYPE_CHECKING:
    from lightning_contrast.engine.contrast import Contrast

Score = tuple[Tensor, Tensor]
"""Sum of the loss over the anchors that count, and their weight: both 0-dimensional."""


class Blockwise(torch.autograd.Function):
    """Forms the gradient in the forward pass; the backward pass only scales it."""

    @staticmethod
    def forward(
        ctx: Any,
        engine: "Contrast",
        anchors: Rows,
        candidates: Rows,
        valid: Tensor | None,
        names: list[str],
        a: Tensor,
        c: Tensor,
        own: Tensor | None,
        *parameters: Tensor,
    ) -> Score:
        anchors, candidates = anchors._replace(embedding=a), candidates._replace(embedding=c)
        named = dict(zip(names, (p.detach() for p in parameters), strict=True))
        compiled = engine.compiles(len(c), c.device)
        blocks = engine.blocks(len(a), len(c), compiled, c.device)
        needs_a, needs_c, needs_own = ctx.needs_input_grad[5:8]
        grad_a = torch.empty_like(a) if needs_a else None
        grad_c = torch.zeros_like(c) if needs_c else None
        grad_own = torch.zeros_like(own) if own is not None and needs_own else None
        grad_p = {name: torch.zeros_like(p) for name, p in named.items()}
        total, weight = a.new_zeros(()), a.new_zeros(())
        shared = len(c)  # the columns after these are of each anchor's own negatives
        columns = shared + (0 if own is None else own.shape[1])
        few = engine.few(anchors, candidates)
        ready = (packed(anchors), packed(candidates)) if compiled else (anchors, candidates)
        tile = a.new_empty(len(a[blocks[0]]) if blocks else 0, columns)  # one, reused: stays warm
        for block in blocks:
            rows = a[block]
            similarity = tile[: len(rows)]
            extra: tuple[Tensor, ...] = ()
            torch.mm(rows, c.T, out=similarity[:, :shared])
            if own is not None and valid is not None:
                similarity[:, shared:] = own_similarity(rows, own[block])
                extra = (valid[block],)
            if len(rows) < len(tile):  # a second shape would compile again
                compiled, ready = False, (anchors, candidates)
            anchored, others = cut(ready[0], block), ready[1]
            block_grad = None if grad_a is None else grad_a[block]
            places = None if few is None else few.columns(block)
            if own is None and (pick := engine.pick(compiled)):
                number, pairs = pick(similarity, anchored, others)
                two = similarity.gather(1, number)
                ((slope,), learnt), value = slopes(engine.lose, (two,), named, pairs)
                add_gradients(slope, number, rows, c, block_grad, grad_c)
            else:
                derivative = engine.derivative(compiled)
                tiles = similarity, *(() if places is None else (similarity.gather(1, places),))
                rest = anchored, others, places, *extra
                ((slope, *near), learnt), value = derivative(tiles, named, *rest)
                for part in near:
                    slope = slope.contiguous().scatter_add_(1, places, part)
                if block_grad is not None:
                    torch.mm(slope[:, :shared], c, out=block_grad)
                if grad_c is not None:
                    grad_c.addmm_(slope[:, :shared].T, rows)
                if own is not None:
                    into = None if grad_own is None else grad_own[block]
                    add_own_gradients(slope[:, shared:], rows, own[block], block_grad, into)
            total, weight = total + value[0], weight + value[1]
            for name, part in learnt.items():
                grad_p[name] += part
        ctx.save_for_backward(grad_a, grad_c, grad_own, *grad_p.values())  # freed once it is used
        ctx.mark_non_differentiable(weight)
        return total, weight

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, grad_total: Tensor, _: Any) -> Any:
        grads = ctx.saved_tensors
        return (None,) * 5 + tuple(g if g is None else g * grad_total for g in grads)


def plain_score(
    engine: "Contrast",
    anchors: Rows,
    candidates: Rows,
    valid: Tensor | None,
    a: Tensor,
    c: Tensor,
    own: Tensor | None,
    parameters: dict[str, Tensor],
) -> Score:
    """The walk without a gradient of its own; autograd's where all is one small block."""
    blocks = engine.blocks(len(a), len(c), compiled=False, device=c.device)
    if len(blocks) == 1 and own is None:  # a cut of everything would take its share of a step
        return engine.score((a @ c.T,), parameters, anchors, candidates)
    total, weight = a.new_zeros(()), a.new_zeros(())
    for block in blocks:
        similarity, kept = a[block] @ c.T, None
        if own is not None and valid is not None:
            kept = valid[block]
            similarity = torch.cat((similarity, own_similarity(a[block], own[block])), 1)
        rest = cut(anchors, block), candidates, None, kept
        part = engine.score((similarity,), parameters, *rest)
        total, weight = total + part[0], weight + part[1]
    return total, weight


def cut(rows: Rows, block: slice) -> Rows:
    """Some of the rows."""
    return Rows(*(column[block] for column in rows))


def slopes(
    function: Callable[..., Score],
    tiles: tuple[Tensor, ...],
    parameters: dict[str, Tensor],
    *rest: Any,
) -> Any:
    """Gradients and value by plain autograd: less overhead than a functional transform of it.

    ``function(tiles, parameters, *rest) -> (sum, weight)``; gives
    ``((for each tile, for parameters), (sum, weight))``.
    """
    with torch.enable_grad():
        tiles = tuple(tile.detach().requires_grad_() for tile in tiles)
        leaves = [*tiles, *(p.requires_grad_() for p in parameters.values())]
        total, weight = function(tiles, parameters, *rest)
        grads = torch.autograd.grad(total, leaves, allow_unused=True, materialize_grads=True)
    named = dict(zip(parameters, grads[len(tiles) :], strict=True))
    return (grads[: len(tiles)], named), (total.detach(), weight)
