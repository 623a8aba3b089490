"""What a pairing is, and what it may say of itself."""

from abc import ABC, abstractmethod

from lightning_contrast.config.part import Part, Run, as_called, name_of
from lightning_contrast.errors import InputError
from lightning_contrast.types import Pairs, Rows


class Pairing(Part, ABC, group="pairing"):
    """Says which candidates are positive or negative: ``pairing(anchors, candidates) -> Pairs``.

    It looks at the label, index, role and slot of the rows, and never at their embedding.

    >>> import torch
    >>> class Neighbours(Pairing):
    ...     def __call__(self, anchors, candidates):
    ...         gap = (anchors.index[:, None] - candidates.index[None]).abs()
    ...         return Pairs(gap == 1, gap > 1)
    >>> rows = Rows(torch.eye(3), *torch.arange(3).expand(4, 3))
    >>> Neighbours()(rows, rows).negative.int().tolist()
    [[0, 0, 1], [0, 0, 0], [1, 0, 0]]
    """

    needs_labels = False
    """It leaves out rows without a label."""

    by_label = False
    """It goes by labels alone, so that prototypes of classes can be candidates."""

    needs_positives = False
    """It finds its positives among the rows that are drawn as such (``positives=...``)."""

    gives_scores = ""
    """What its ``pairs.score`` is: ``graded`` similarities, or shared ``levels``; "": none."""

    needs_negatives = False
    """It finds its negatives among the rows that are drawn as such (``negatives=...``)."""

    gives_positives = True
    """Some of its pairs are positive; else it is for losses that count anchors without one."""

    def check(self, run: Run) -> None:
        if run.loss.needs_positives and not self.gives_positives:
            raise InputError(
                f"pairing {name_of(self)} gives negatives alone, and loss {name_of(run.loss)} "
                "counts no anchor without a positive: set loss=negative_margin"
            )
        asked = run.loss.needs_positives and not run.candidates.holds_positives
        for kind, needed, drawing, mend in (
            (
                "positive",
                self.needs_positives and asked,
                run.positives,
                "view or positives=same_class",
            ),
            ("negative", self.needs_negatives, run.negatives, "cross_class"),
        ):
            if needed and not drawing.draws_rows:
                raise InputError(
                    f"pairing {name_of(self)} needs a {kind} drawn for each row, and {kind}s "
                    f"{name_of(drawing)} draws none, so that no pair would be {kind}: set "
                    f"{kind}s={mend}, or choose another pairing"
                )

    @abstractmethod
    def __call__(self, anchors: Rows, candidates: Rows) -> Pairs:
        """The masks ``(a, c)`` of positive and of negative candidates."""

    def __repr__(self) -> str:
        return as_called(self)
