"""The blockwise contrast: value and gradient of any pair loss, without a B x B matrix.

A loss here is a function of a *block* of anchor rows against all candidates. The engine walks the
blocks and forms each block's gradient while the block is in hand: with ``G`` the gradient of the
block's sum with respect to its similarities, ``dA = G C`` and ``dC += G' A``. What outlives a block
is two matrices of the shape of the embeddings, so memory is linear in the batch.
"""

from collections.abc import Callable
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from lightning_contrast.compiling import Compiled, worth_compiling
from lightning_contrast.errors import InputError
from lightning_contrast.types import Pairs, Rows

TILE = 2**17  # similarities in one block: the tile and its few companions stay near the cache
FEWEST = 64  # rows a block: below that the matrix products are slow


Score = tuple[Tensor, Tensor]
"""Sum of the loss over the anchors that count, and their weight: both 0-dimensional."""


class Contrast(nn.Module):
    """Scores anchors against candidates: similarity, pairing, miner and loss, block by block.

    The value is the pair ``(sum, weight)`` of the loss over the anchors that count; divide them
    (over all ranks: ``distributed.mean_over_ranks``) for the mean. The sum carries the gradient for
    the anchors, for the candidates if they need one, and for the loss's own parameters.

    Args:
        pairing: ``(anchors, candidates) -> Pairs``: which pairs are positive and negative.
        miner: ``(similarity, pairs) -> pairs``: which of them are kept; sees no gradient.
        loss: module, ``(similarity, pairs) -> (sum, weight)``, in plain PyTorch.
        block_rows: anchor rows a block; ``None`` picks them so that a block is about half a MB,
            and has 64 rows at least.
        compile: ``"auto"`` compiles the block from 2048 candidates up where there is a compiler;
            ``True`` and ``False`` force it.

    Raises:
        InputError: ``block_rows`` is not positive, or ``compile`` is none of the three.

    >>> from lightning_contrast.losses.supcon import SupCon
    >>> from lightning_contrast.miners.keep_all import KeepAll
    >>> from lightning_contrast.pairings.label import Label
    >>> x = nn.functional.normalize(torch.eye(4, 3) + 0.5).requires_grad_()
    >>> rows = Rows(x, torch.tensor([0, 0, 1, 1]), *torch.arange(4).expand(3, 4))
    >>> total, weight = Contrast(Label(), KeepAll(), SupCon())(rows, rows)
    >>> total.backward(); weight.item(), x.grad.shape
    (4.0, torch.Size([4, 3]))
    """

    def __init__(
        self,
        pairing: Callable[[Rows, Rows], Pairs],
        miner: Callable[[Tensor, Pairs], Pairs],
        loss: nn.Module,
        block_rows: int | None = None,
        compile: bool | str = "auto",
    ) -> None:
        super().__init__()
        if block_rows is not None and block_rows < 1:
            raise InputError(f"block_rows must be at least 1 or null, got {block_rows}: set 256")
        if compile not in (True, False, "auto"):
            raise InputError(f"compile must be auto, true or false, got {compile!r}")
        self.pairing, self.miner, self.loss = pairing, miner, loss
        self.block_rows, self.compile = block_rows, compile  # type: ignore[assignment,method-assign]
        self._compiled: Callable | None = None

    def forward(self, anchors: Rows, candidates: Rows) -> Score:
        wide = torch.promote_types(anchors.embedding.dtype, torch.float32)
        embeddings = anchors.embedding.to(wide), candidates.embedding.to(wide)
        parameters: dict[str, Tensor] = dict(self.loss.named_parameters())
        inputs = (*embeddings, *parameters.values())
        with torch.autocast(embeddings[0].device.type, enabled=False):
            if torch.is_grad_enabled() and any(tensor.requires_grad for tensor in inputs):
                return _Blockwise.apply(self, anchors, candidates, list(parameters), *inputs)
            return self._value(anchors, candidates, *embeddings, parameters)

    def score(
        self,
        similarity: Float[Tensor, "a c"],
        parameters: dict[str, Tensor],
        anchors: Rows,
        candidates: Rows,
    ) -> Score:
        """The whole method for one block: the function that is differentiated and compiled."""
        pairs = self.miner(similarity.detach(), self.pairing(anchors, candidates))
        if not parameters:
            return self.loss(similarity, pairs)
        return torch.func.functional_call(self.loss, parameters, (similarity, pairs))

    def blocks(self, anchors: int, candidates: int, compiled: bool) -> list[slice]:
        """The anchor rows, cut into blocks."""
        tile = 4 * TILE if compiled else TILE
        rows = self.block_rows or max(FEWEST, tile // max(candidates, 1))
        return [slice(start, start + rows) for start in range(0, anchors, rows)]

    def _value(
        self,
        anchors: Rows,
        candidates: Rows,
        a: Tensor,
        c: Tensor,
        parameters: dict[str, Tensor],
    ) -> Score:
        total, weight = a.new_zeros(()), a.new_zeros(())
        for block in self.blocks(len(a), len(c), compiled=False):
            part = self.score(a[block] @ c.T, parameters, _cut(anchors, block), candidates)
            total, weight = total + part[0], weight + part[1]
        return total, weight

    def _compiles(self, rows: int, device: torch.device) -> bool:
        if self.compile != "auto":
            return bool(self.compile)
        return worth_compiling(rows, device)

    def _derivative(self, compiled: bool) -> Callable[..., Any]:
        """``(similarity, parameters, anchors, candidates) -> (gradients, (sum, weight))``."""
        if not compiled:
            return self._eager
        if self._compiled is None:
            derivative = torch.func.grad_and_value(self.score, argnums=(0, 1), has_aux=True)
            self._compiled = Compiled(derivative, self._eager, insist=self.compile is True)
        return self._compiled

    def _eager(
        self,
        similarity: Tensor,
        parameters: dict[str, Tensor],
        anchors: Rows,
        candidates: Rows,
    ) -> Any:
        """Plain autograd on one block: less overhead than a functional transform of it."""
        with torch.enable_grad():
            similarity = similarity.detach().requires_grad_()
            leaves = [
                similarity,
                *(p.requires_grad_() for p in parameters.values()),
            ]
            total, weight = self.score(similarity, parameters, anchors, candidates)
            grads = torch.autograd.grad(total, leaves, allow_unused=True, materialize_grads=True)
        return (grads[0], dict(zip(parameters, grads[1:], strict=True))), (total.detach(), weight)


class _Blockwise(torch.autograd.Function):
    """Forms the gradient in the forward pass; the backward pass only scales it."""

    @staticmethod
    def forward(
        ctx: Any,
        engine: Contrast,
        anchors: Rows,
        candidates: Rows,
        names: list[str],
        a: Tensor,
        c: Tensor,
        *parameters: Tensor,
    ) -> Score:
        anchors, candidates = anchors._replace(embedding=a), candidates._replace(embedding=c)
        named = dict(zip(names, (p.detach() for p in parameters), strict=True))
        compiled = engine._compiles(len(c), c.device)
        blocks = engine.blocks(len(a), len(c), compiled)
        derivative = engine._derivative(compiled)
        needs_a, needs_c = ctx.needs_input_grad[4:6]
        grad_a = torch.empty_like(a) if needs_a else None
        grad_c = torch.zeros_like(c) if needs_c else None
        grad_p = {name: torch.zeros_like(p) for name, p in named.items()}
        total, weight = a.new_zeros(()), a.new_zeros(())
        tile = a.new_empty(len(a[blocks[0]]) if blocks else 0, len(c))  # one, reused: it stays warm
        for block in blocks:
            rows = a[block]
            similarity = torch.mm(rows, c.T, out=tile[: len(rows)])
            if compiled and len(rows) < len(a[blocks[0]]):  # a second shape would compile again
                derivative = engine._derivative(False)
            (slope, slopes), (part, counted) = derivative(
                similarity, named, _cut(anchors, block), candidates
            )
            total, weight = total + part, weight + counted
            if grad_a is not None:
                torch.mm(slope, c, out=grad_a[block])
            if grad_c is not None:
                grad_c.addmm_(slope.T, rows)
            for name, value in slopes.items():
                grad_p[name] += value
        ctx.grads = (grad_a, grad_c, *grad_p.values())
        ctx.mark_non_differentiable(weight)
        return total, weight

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, grad_total: Tensor, _: Any) -> Any:
        return (None,) * 4 + tuple(g if g is None else g * grad_total for g in ctx.grads)


def _cut(rows: Rows, block: slice) -> Rows:
    return Rows(*(column[block] for column in rows))
