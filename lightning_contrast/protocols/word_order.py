"""Does a text encoder see in which order words stand?"""

import numpy as np
import torch
from torch import Tensor

from lightning_contrast.config.ranges import Count
from lightning_contrast.data.sides import embed_sides
from lightning_contrast.errors import InputError
from lightning_contrast.evaluation.subject import Subject
from lightning_contrast.metrics.bootstrap import bootstrap
from lightning_contrast.metrics.similarity import compared
from lightning_contrast.protocols.protocol import OF_ROWS, EvaluationProtocol
from lightning_contrast.report.findings import Findings, ReportTable, Share
from lightning_contrast.rows.swapped import swapped

NOTE = "Word order: no test row has a caption, or any other text beside it, of two different words."
BLIND = (
    "Word order: the text encoder is blind to it, and all comparisons tie: set encoder.ngrams=2, "
    "in a tower encoder.towers.text.ngrams=2, or take a transformer."
)

SAME = 1e-6  # similarities that differ by less differ by rounding


class WordOrder(EvaluationProtocol):
    """How often a row is nearer to its caption than to the same caption with two words swapped.

    Words are swapped as by ``negatives=swapped_captions``, once for each caption of the test rows
    and with the run's seed. A caption without two different words is left out. A tie counts half:
    a bag of words, which is blind to order, has 0.5.

    Args:
        resamples: of the captions, for a 95 % bootstrap interval.

    Figures: ``order/accuracy`` with ``/low`` and ``/high``, and ``order/captions``.

    Source: the order task of ARO (Yuksekgonul et al. 2023, arXiv 2210.01936).

    Raises:
        InputError: the partners of rows are no texts.
    """

    title = "Order of words"
    judges = OF_ROWS

    def __init__(self, resamples: Count = 1000) -> None:
        self.resamples = resamples

    def __call__(self, subject: Subject) -> Findings:
        splits, network, raw = subject.datamodule.splits, subject.network, subject.rows.raw
        assert splits is not None
        sides = embed_sides(network, subject.datamodule, splits.test, subject.quiet)
        if sides is None:
            return Findings({}, notes=[NOTE])
        said = subject.modality.take(raw, sides.partners.index.numpy())
        if not all(isinstance(text, str) for text in said):
            raise InputError(
                "protocols.word_order reads captions, and the partners of these rows are no texts: "
                "leave it out of protocols=[...]"
            )
        random = np.random.default_rng(subject.seed)
        other = [swapped(text, random) for text in said]
        changed = torch.tensor([a != b for a, b in zip(said, other, strict=True)])
        row, caption = _together(*sides.identities(subject.rows), changed)
        if not len(row):
            return Findings({}, notes=[NOTE])
        rows, own = sides.vectors
        wrong = compared(network.similarity, sides.rows.embedding, network.embed(other).cpu())[1]
        right, moved = ((rows[row] * side[caption]).sum(1) for side in (own, wrong))
        notes = [] if bool(((right - moved).abs() > SAME).any()) else [BLIND]
        told = 0.5 + (right - moved).double().where((right - moved).abs() > SAME, 0).sign() / 2
        of_caption = torch.zeros(len(said), dtype=torch.float64).index_add_(0, caption, told)
        of_caption = (of_caption / caption.bincount(minlength=len(said)))[caption.unique()]
        found = bootstrap(
            lambda weight: {"accuracy": weight @ of_caption.to(weight) / weight.sum(1)},
            len(of_caption),
            self.resamples,
            subject.seed,
        )["accuracy"]
        line = [Share(found.value), Share(found.low), Share(found.high), len(of_caption)]
        text = (
            "Captions that a row is nearer to than to the same words in another order; chance 50 %."
        )
        table = ReportTable(("told", "from", "to", "captions"), [line], text)
        figures = found.flat("order/accuracy") | {"order/captions": len(of_caption)}
        return Findings(figures, {"order": table}, notes=notes)


def _together(row: Tensor, caption: Tensor, chosen: Tensor) -> tuple[Tensor, Tensor]:
    """The places of rows and of the chosen captions of one identity, a pair each.

    >>> _together(*torch.tensor([[3, 5, 3], [5, 3, 4]]), torch.tensor([True, True, True]))
    (tensor([1, 0, 2]), tensor([0, 1, 1]))
    """
    known, order = row.sort(stable=True)
    first, last = (torch.searchsorted(known, caption, right=right) for right in (False, True))
    count = torch.where(chosen, last - first, 0)
    of = torch.arange(len(caption)).repeat_interleave(count)
    place = torch.arange(len(of)) - (count.cumsum(0) - count)[of]
    return order[first[of] + place], of
