"""Negatives moved towards their anchor."""

from collections.abc import Callable
from functools import partial
from typing import Any, Literal

import torch
from torch import Tensor

from lightning_contrast.batch import Batch, normalized
from lightning_contrast.candidates._ball import Norm, ascend
from lightning_contrast.candidates._hardest import hardest_negatives, unit_rows
from lightning_contrast.candidates._moved_inputs import moved_inputs, no_vectors
from lightning_contrast.candidates.store import Store
from lightning_contrast.config.part import Run, name_of
from lightning_contrast.config.ranges import Count, Positive
from lightning_contrast.errors import InputError
from lightning_contrast.types import Made, Pairs, Rows


class Adversarial(Store):
    r"""Projected gradient ascent: negatives that a small change makes most similar to the anchor.

    .. math::
        \delta \leftarrow \Pi_{\|\delta\| \le \epsilon}
            \big(\delta + \eta \, \nabla_\delta \cos(q, f(n + \delta)) / \|\cdot\|\big)

    ``steps`` times from 0; ``f(n + delta)`` is then a negative of the anchor ``q``, and of no other
    row. With ``space=embedding``, ``n`` are the ``count`` hardest negatives of the anchor as the
    pairing sees them, in all candidates, ``f`` is the normalisation, and the slope is a formula.
    With ``space=input``, ``n`` are the inputs of the negatives drawn for the anchor (k of them;
    ``count`` means nothing), or the token vectors where inputs are tokens, and ``f`` is encoder and
    projector: that takes ``steps`` passes there and back, and one more forward that the encoder
    learns from. Inputs that lie in [0, 1] stay there. Batch norm's running figures leave these rows
    out. A drawn negative that the pairing does not take for one is left out.

    Args:
        pairing: ``(anchors, candidates) -> Pairs``, the run's own.
        space: ``embedding`` or ``input``.
        count: negatives that are moved for each anchor.
        steps: of the ascent.
        step_size: length of one, ``eta``.
        epsilon: radius of the ball, below 1 for embeddings (they have norm 1).
        norm: ``l2`` or ``linf``; for inputs over all numbers of a row.
        gradient: the moved rows learn from it, ``delta`` being a constant; else the anchor only.

    Raises:
        InputError: ``epsilon`` is 1 or more for embeddings.

    Source: Madry et al. 2017 (arXiv 1706.06083); on token vectors Miyato et al. 2016 (arXiv
    1605.07725); for negatives Ho and Vasconcelos 2020 (arXiv 2010.12050).

    >>> from lightning_contrast.pairings.label import Label
    >>> rows = Rows(torch.eye(2), torch.tensor([0, 1]), *torch.arange(2).expand(3, 2))
    >>> made = Adversarial(Label(), count=1, steps=9, epsilon=0.6)(rows, rows)[2]
    >>> round(made.embedding[0, 0, 0].item(), 1)  # the most that the ball around (0, 1) allows
    0.6
    """

    makes_rows = True

    def __init__(
        self,
        pairing: Callable[[Rows, Rows], Pairs],
        space: Literal["embedding", "input"] = "embedding",
        count: Count = 4,
        steps: Count = 3,
        step_size: Positive = 0.1,
        epsilon: Positive = 0.2,
        norm: Norm = "l2",
        gradient: bool = True,
    ) -> None:
        super().__init__()
        if space == "embedding" and epsilon >= 1:
            raise InputError(
                f"adversarial.epsilon must be below 1, the norm of embeddings, got {epsilon}: set "
                "candidates.adversarial.epsilon=0.2, or negatives.epsilon=0.2"
            )
        self.pairing, self.space, self.count, self.steps = pairing, space, count, steps
        self.step_size, self.epsilon, self.norm = step_size, epsilon, norm
        self.gradient = gradient
        self._move: Callable[[Rows], Made] | None = None

    def check(self, run: Run) -> None:
        super().check(run)
        if self.space == "embedding":
            return
        if not run.drawn_negatives:
            raise InputError(
                "adversarial.space=input moves the negatives drawn for each row, and none are "
                "drawn: set negatives=cross_class candidates=[in_batch,adversarial] "
                "candidates.adversarial.space=input"
            )
        if run.grad_cache:
            raise InputError(
                "adversarial.space=input encodes all moved negatives at once, which "
                f"trainer.grad_cache={run.grad_cache} is to avoid: set trainer.grad_cache=null, or "
                "candidates.adversarial.space=embedding"
            )
        if run.unit.reads_places:
            raise InputError(
                f"adversarial.space=input moves whole samples, and unit {name_of(run.unit)} reads "
                "places in them: set candidates.adversarial.space=embedding"
            )
        if not run.encoder.inputs_can_move:
            raise InputError(no_vectors(run.encoder))

    def keys(self, module: Any, rows: Rows, batch: Batch) -> Rows:
        if self.space == "input":  # when the anchors are known
            settings = self.pairing, self.ascend, self.steps, self.gradient
            self._move = partial(moved_inputs, module, batch, *settings)
        return rows

    def make(self, anchors: Rows, candidates: Rows) -> tuple[Made, ...]:
        if self.space == "input":
            if self._move is None:
                raise InputError("adversarial.space=input needs the batch: call keys() first")
            move, self._move = self._move, None
            return (move(anchors),)
        place, found = hardest_negatives(anchors, candidates, self.pairing, self.count)
        negative, query = unit_rows(candidates)[place], unit_rows(anchors).detach()[:, None]
        start, moved = negative.detach(), torch.zeros_like(negative)
        for _ in range(self.steps):
            moved = self.ascend(moved, slope_of_cosine(query, start + moved))
        if not self.gradient:
            negative = start
        valid = torch.arange(place.shape[1], device=place.device) < found[:, None]
        return (Made(normalized(negative + moved), valid),)

    def ascend(self, moved: Tensor, slope: Tensor) -> Tensor:
        """One step of the ascent."""
        return ascend(moved, slope, self.step_size, self.epsilon, self.norm)


def slope_of_cosine(query: Tensor, rows: Tensor) -> Tensor:
    r"""Gradient of ``cos(query, row)`` for the row: :math:`(q - \cos u) / \|v\|, u = v / \|v\|`.

    >>> slope_of_cosine(torch.tensor([1., 0.]), torch.tensor([0., 2.])).tolist()
    [0.5, 0.0]
    """
    length = rows.norm(dim=-1, keepdim=True).clamp_min(1e-6)
    direction = rows / length
    return (query - (query * direction).sum(-1, keepdim=True) * direction) / length
