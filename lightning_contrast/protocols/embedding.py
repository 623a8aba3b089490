"""What the encoder knows of the classes without the head, and how its embedding lies."""

import math
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from lightning_contrast.config.ranges import Count
from lightning_contrast.evaluation.probe import Probe
from lightning_contrast.evaluation.subject import Subject
from lightning_contrast.metrics.bootstrap import bootstrap
from lightning_contrast.metrics.geometry import (
    alignment,
    centroid_similarity,
    effective_rank,
    silhouette,
    uniformity,
)
from lightning_contrast.metrics.knn import vote
from lightning_contrast.metrics.neighbours import nearest
from lightning_contrast.metrics.retrieval import retrieval_scores
from lightning_contrast.metrics.some_rows import some_rows
from lightning_contrast.protocols.protocol import OF_ROWS, EvaluationProtocol, Level
from lightning_contrast.report.confusion import MOST
from lightning_contrast.report.findings import Findings, Plot, ReportTable
from lightning_contrast.report.plots import draw_similarity
from lightning_contrast.report.table import figure_lines
from lightning_contrast.types import Embedded

CLOSEST = 20  # pairs of classes that are listed
ASKED = 10_000  # rows whose neighbours are held at a time
RATES = ("knn", "linear_probe", "probe", "recall", "map", "r_prec")


class EmbeddingQuality(EvaluationProtocol):
    """kNN and probes on the features, retrieval and geometry of the embedding, on test.

    Retrieval is by what the contrast compared (``metrics.similarity``). Neighbours among features
    are by their cosine, as no contrast compares these; geometry is that on the unit sphere.

    Figures, below ``embedding/``: ``knn_K`` (equal votes of the K nearest training rows, Wu et al.
    2018, arXiv:1805.01978) and ``linear_probe`` with ``/low`` and ``/high`` of a bootstrap,
    ``linear_probe_c``, ``probe_S_shot`` with ``/sd`` over the draws; ``recall_at_K``, ``map_at_r``,
    ``r_precision`` (Musgrave et al. 2020, arXiv:2003.08505); ``alignment``, ``uniformity`` (Wang
    and Isola 2020, arXiv:2005.10242), ``effective_rank``, ``silhouette`` (cosine).

    Args:
        knn: the K of the neighbours.
        recall: the K of recall@K.
        shots: training rows a class of the few-shot probes; classes with fewer give all.
        draws: of the rows of a few-shot probe.
        resamples: of the test rows, for the intervals.
        level: of the intervals.
    """

    title = "Embedding"
    judges = OF_ROWS

    def __init__(
        self,
        knn: Sequence[Count] = (1, 5, 20, 200),
        recall: Sequence[Count] = (1, 5, 10),
        shots: Sequence[Count] = (1, 5, 10),
        draws: Count = 10,
        resamples: Count = 1000,
        level: Level = 0.95,
    ) -> None:
        self.knn, self.recall, self.shots = knn, recall, shots
        self.draws, self.resamples, self.level = draws, resamples, level

    def __call__(self, subject: Subject) -> Findings:
        if not len(subject.test.label) or not len(subject.train.label):
            note = (
                "Embedding: it needs labelled rows in training and in test. Of another source, "
                "source.fractions=[0.7,0.1,0.2] gives both."
            )
            return Findings({}, notes=[note])
        figures = self._probed(subject) | self._measured(subject)
        note = f"With {100 * self.level:g} % bootstrap intervals; few shots: one sd of the draws."
        similarity = centroid_similarity(
            subject.test.embedding, subject.test.label, len(subject.classes)
        )
        shown = {name: value for name, value in figures.items() if name != "linear_probe_c"}
        lines = figure_lines(shown, _words, RATES)
        tables = {
            "figures": ReportTable(("", "test", "from", "to"), lines, note),
            "closest_classes": _closest(similarity, subject.classes),
        }
        caption = "Cosine of the class means of the embedding on test."
        names, drawn = subject.classes, similarity
        if len(names) > MOST:
            kept = similarity.nan_to_num(-2).fill_diagonal_(-2).amax(1).topk(MOST).indices.sort()[0]
            names, drawn = tuple(names[each] for each in kept.tolist()), similarity[kept][:, kept]
            caption += f" Of {len(similarity):,} classes, the {MOST} that are nearest to another."
        plot = Plot(lambda: draw_similarity(drawn.numpy(), names), caption)
        flat = {f"embedding/{name}": value for name, value in figures.items()}
        return Findings(flat, tables, {"classes": plot})

    def _probed(self, subject: Subject) -> dict[str, float]:
        """What judges the features: neighbours and probes."""
        train, test = subject.train, subject.test
        voted = [self._voted(part, train) for part in test.features.split(ASKED)]
        right = {
            f"knn_{k}": torch.cat([votes[k] for votes in voted]) == test.label for k in self.knn
        }
        figures: dict[str, float] = {}
        probe = Probe(train, subject.validation, test) if len(train.label.unique()) > 1 else None
        if probe is not None:
            right["linear_probe"], figures["linear_probe_c"] = probe.linear()

        def statistic(weight: Tensor) -> Mapping[str, Tensor]:
            total = weight.sum(dim=1)
            return {name: weight @ column.to(weight) / total for name, column in right.items()}

        found = bootstrap(statistic, len(test.label), self.resamples, subject.seed, self.level)
        for name, interval in found.items():
            figures |= interval.flat(name)
        for shots in self.shots:
            if probe is None:
                break
            mean, sd = probe.few_shot(shots, self.draws, subject.seed)
            figures |= {f"probe_{shots}_shot": mean, f"probe_{shots}_shot/sd": sd}
        return figures

    def _voted(self, query: Tensor, train: Embedded) -> dict[int, Tensor]:
        """What the K nearest training rows of each query vote for, by K."""
        similarity, index = nearest(query, train.features, max(self.knn, default=1))
        return {k: vote(similarity[:, :k], index[:, :k], train.label) for k in self.knn}

    def _measured(self, subject: Subject) -> dict[str, float]:
        """What is measured of the embedding of test rows; what cannot be said is left out."""
        rows, label = some_rows(subject.test.embedding, subject.test.label)
        kind = subject.network.similarity
        figures = retrieval_scores(rows, label, self.recall, similarity=kind) | {
            "alignment": alignment(rows, label),
            "uniformity": uniformity(rows),
            "effective_rank": effective_rank(rows).item(),
            "silhouette": silhouette(rows, label),
        }
        return {name: value for name, value in figures.items() if not math.isnan(value)}


def _closest(similarity: Tensor, classes: Sequence[str]) -> ReportTable:
    """The pairs of classes whose means are most alike; a class without rows has no mean."""
    count = len(similarity)
    below = torch.ones(count, count, dtype=torch.bool).tril_()  # each pair stands above as well
    upper = similarity.masked_fill(below | similarity.isnan(), -torch.inf)
    value, cell = upper.flatten().topk(min(CLOSEST, count * (count - 1) // 2))
    columns = (cell // count).tolist(), (cell % count).tolist(), value.tolist()
    pairs = zip(*columns, strict=True)
    rows = [(classes[i], classes[j], cosine) for i, j, cosine in pairs if cosine > -math.inf]
    return ReportTable(("class", "and", "cosine"), rows, "The classes whose means are most alike.")


def _words(name: str) -> str:
    """
    >>> _words("knn_5"), _words("probe_1_shot"), _words("map_at_r"), _words("recall_at_5")
    ('kNN, k = 5', 'probe, 1 a class', 'mAP@R', 'recall@5')
    """
    if name.startswith("knn_"):
        return f"kNN, k = {name[4:]}"
    if name.endswith("_shot"):
        return f"probe, {name.split('_')[1]} a class"
    fixed = {"map_at_r": "mAP@R", "r_precision": "R-precision"}
    return fixed.get(name, name.replace("_at_", "@").replace("_", " "))
