"""Pairing, miner and loss of one block of anchor rows, as one function."""

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.func import functional_call, grad_and_value

from lightning_contrast.engine.compiling import Compiled
from lightning_contrast.types import Pairs, Rows

Score = tuple[Tensor, Tensor]
"""Sum of the loss over the anchors that count, and their weight: both 0-dimensional."""

TILES = ("positive", "negative", "teacher", "weight", "score", "anchor_label")
"""The fields of ``Pairs`` that have a row for each anchor, beside its weight."""

Parameters = dict[str, Tensor]
"""The loss's own parameters by name, or their gradients."""


class Method(nn.Module):
    """Scores one block, and gives the slopes of the score, eager or compiled.

    Args:
        pairing, miner, loss: the parts.
        teacher: ``rows -> (r, t)``, the teacher's unit vectors of rows, for a loss that needs them.
        insist: raises if the compiler fails; without it the block warns and runs eagerly.
        weigh: ``rows -> (r,)``, how much each row counts as an anchor; ``None``: alike.
    """

    def __init__(
        self,
        pairing: Any,
        miner: Any,
        loss: Any,
        teacher: Callable[[Rows], Tensor] | None = None,
        insist: bool = False,
        weigh: Callable[[Rows], Tensor] | None = None,
    ) -> None:
        super().__init__()
        self.pairing, self.miner, self.loss, self.insist = pairing, miner, loss, insist
        self.teacher, self.weigh = teacher, weigh
        self._compiled: dict[str, Compiled] = {}

    @property
    def picks(self) -> bool:
        """Whether the miner keeps one positive and one negative an anchor: the loss reads those.

        False on prototypes: there each column is a class, and the loss reads all classes; and for a
        loss that reads what is known of each column.
        """
        whole = self.loss.on_prototypes or self.loss.reads_both
        return self.miner.gives_single and not whole

    def score(
        self,
        similarity: Float[Tensor, "a c"],
        parameters: Parameters,
        anchors: Rows,
        candidates: Rows,
        valid: Bool[Tensor, "a s"] | None = None,
        share: Float[Tensor, "a m"] | None = None,
    ) -> Score:
        """Pairing, miner and loss of a block. With ``valid``, the last ``s`` columns are negatives
        that were made for each anchor; ``valid`` says which of them exist. ``share``: see
        ``Pairs``."""
        pairs = self.mine(similarity, anchors, candidates, valid)
        if self.picks:
            number, pairs = picked(pairs)
            similarity = similarity.gather(1, number)
        return self.lose(similarity, parameters, pairs._replace(share=share))

    def mine(
        self, similarity: Tensor, anchors: Rows, candidates: Rows, valid: Tensor | None = None
    ) -> Pairs:
        """The pairs that are kept, with what the teacher says of them where a part asks."""
        pairs = self.pairing(anchors, candidates)
        if valid is not None:
            pairs = with_own(pairs, valid)
        if self.teacher is not None and (self.loss.needs_teacher or self.miner.takes_teacher):
            taught = [self.teacher(rows).to(similarity.dtype) for rows in (anchors, candidates)]
            pairs = pairs._replace(teacher=taught[0] @ taught[1].T)
        kept = self.miner(similarity.detach(), pairs)
        counts = None if self.weigh is None else self.weigh(anchors).to(similarity.dtype)
        told = {"weight": pairs.weight, "teacher": pairs.teacher, "score": pairs.score}
        return kept._replace(anchor_weight=counts, anchor_label=anchors.label, **told)

    def lose(self, similarity: Tensor, parameters: Parameters, pairs: Pairs) -> Score:
        """The loss of kept pairs."""
        lose = self.loss
        if parameters:

            def lose(*block: Any) -> Score:
                return functional_call(self.loss, parameters, block)

        if pairs.anchor_weight is None:
            total, weight = lose(similarity, pairs)
        else:
            total, weight = weighed(lose, similarity, pairs)
        if similarity.requires_grad and not total.requires_grad:
            # A block without pairs may give a constant 0. Other ranks still wait for its gradient.
            total = total + 0 * similarity.sum()
        return total, weight

    def slopes(self, compiled: bool) -> Callable[..., Any]:
        """A function of the arguments of ``score`` that gives the score and its slopes."""
        eager = partial(slopes, self.score)
        if not compiled:
            return eager
        whole = grad_and_value(self.score, argnums=(0, 1), has_aux=True)
        return self._once_compiled("score", whole, eager)

    def pick(self, compiled: bool) -> Callable[..., Any]:
        """A function of the arguments of ``mine`` that gives the mined pairs as two columns."""

        def eager(similarity: Tensor, anchors: Rows, candidates: Rows) -> tuple[Tensor, Pairs]:
            return picked(self.mine(similarity, anchors, candidates))

        return self._once_compiled("pick", eager, eager) if compiled else eager

    def _once_compiled(self, name: str, function: Callable, eager: Callable) -> Compiled:
        if name not in self._compiled:
            self._compiled[name] = Compiled(function, eager, self.insist)
        return self._compiled[name]


def slopes(
    function: Callable[..., Score], similarity: Tensor, parameters: Parameters, *rest: Any
) -> tuple[tuple[Tensor, Parameters], Score]:
    """Gradients and value by ``torch.autograd.grad``: eagerly it is faster than ``torch.func``.

    ``function(similarity, parameters, *rest) -> (sum, weight)``; gives
    ``((for the similarities, for the parameters), (sum, weight))``.
    """
    with torch.enable_grad():
        similarity = similarity.detach().requires_grad_()
        leaves = [similarity, *(p.requires_grad_() for p in parameters.values())]
        total, weight = function(similarity, parameters, *rest)
        slope, *learnt = torch.autograd.grad(
            total, leaves, allow_unused=True, materialize_grads=True
        )
    return (slope, dict(zip(parameters, learnt, strict=True))), (total.detach(), weight)


def picked(pairs: Pairs) -> tuple[Int[Tensor, "a 2"], Pairs]:
    """Each row's positive and negative as two columns: their numbers, and pairs ``(a, 2)``.

    Where a row has several (equally similar ones), the first is taken. Where a row has none, its
    mask is False and its number means nothing.

    >>> mask = torch.tensor([[False, True, False], [False, False, False]])
    >>> numbers, two = picked(Pairs(mask, ~mask, single=True))
    >>> numbers.tolist(), two.positive.int().tolist()
    ([[1, 0], [2, 0]], [[1, 0], [0, 0]])
    """
    columns = pairs.positive.shape[1]
    # The maximum of descending numbers gives the first column, many times as fast as an argmax.
    place = torch.arange(columns, 0, -1, dtype=torch.float32, device=pairs.positive.device)
    best = torch.stack([(mask * place).amax(1) for mask in pairs[:2]], 1)
    number, found = (columns - best).clamp(max=columns - 1).long(), best > 0
    kind = torch.eye(2, dtype=torch.bool, device=found.device)
    told = {"teacher": pairs.teacher, "weight": pairs.weight, "score": pairs.score}
    two = {name: None if tile is None else tile.gather(1, number) for name, tile in told.items()}
    of_anchors = {"anchor_weight": pairs.anchor_weight, "anchor_label": pairs.anchor_label}
    return number, Pairs(found & kind[0], found & kind[1], True, **two, **of_anchors)


def with_own(pairs: Pairs, valid: Bool[Tensor, "a s"]) -> Pairs:
    """The pairs with further columns: negative where ``valid``, nowhere positive.

    >>> with_own(Pairs(torch.ones(1, 1).bool(), torch.zeros(1, 1).bool()),
    ...          torch.tensor([[True, False]])).negative.tolist()
    [[False, True, False]]
    """
    none = torch.zeros_like(valid)
    weight, score = (
        None if tile is None else torch.cat((tile, none.to(tile.dtype)), 1)
        for tile in (pairs.weight, pairs.score)
    )
    positive, negative = torch.cat((pairs.positive, none), 1), torch.cat((pairs.negative, valid), 1)
    return Pairs(positive, negative, weight=weight, score=score)


def weighed(
    lose: Callable[[Tensor, Pairs], Score], similarity: Float[Tensor, "a c"], pairs: Pairs
) -> Score:
    """The loss of a block in which each anchor counts by its ``pairs.anchor_weight``: each is
    scored as a block of its own, all of them at once (``torch.vmap``).

    >>> def lose(s, pairs): return s.sum(), pairs.positive.any(1).sum()
    >>> mask = torch.tensor([[True], [True]])
    >>> pairs = Pairs(mask, ~mask, anchor_weight=torch.tensor([1.0, 3.0]))
    >>> weighed(lose, torch.tensor([[0.5], [0.25]]), pairs)
    (tensor(1.2500), tensor(4.))
    """
    counts = pairs.anchor_weight
    assert counts is not None
    rows = {name: tile[:, None] for name in TILES if (tile := getattr(pairs, name)) is not None}

    def one(similarity: Tensor, rows: dict[str, Tensor]) -> Score:
        return lose(similarity, Pairs(**rows, single=pairs.single))

    values, weights = torch.vmap(one, randomness="different")(similarity[:, None], rows)
    return (values * counts).sum(), (weights * counts).sum()
