"""What the encoder knows of the classes without the head, and how its embedding lies."""

import math
from collections.abc import Mapping, Sequence

from torch import Tensor

from lightning_contrast.errors import InputError
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
from lightning_contrast.report.findings import Cell, Findings, Plot, Share, Table
from lightning_contrast.report.plots import draw_similarity

CLOSEST = 20  # pairs of classes that are listed


class EmbeddingQuality:
    """kNN and probes on the features, retrieval and geometry of the embedding, on test.

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

    def __init__(
        self,
        knn: Sequence[int] = (1, 5, 20, 200),
        recall: Sequence[int] = (1, 5, 10),
        shots: Sequence[int] = (1, 5, 10),
        draws: int = 10,
        resamples: int = 1000,
        level: float = 0.95,
    ) -> None:
        if min(*knn, *recall, *shots, draws, resamples, 1) < 1 or not 0 < level < 1:
            raise InputError(
                "embedding needs knn, recall, shots, draws and resamples of at least 1 and a level "
                f"between 0 and 1, got {[*knn]}, {[*recall]}, {[*shots]}, {draws}, {resamples} and "
                f"{level}: leave the wrong one of protocols.embedding out for its default"
            )
        self.knn, self.recall, self.shots = knn, recall, shots
        self.draws, self.resamples, self.level = draws, resamples, level

    def __call__(self, subject: Subject) -> Findings:
        if not len(subject.test.label) or not len(subject.train.label):
            return Findings({}, notes=["There are no labelled training or test rows."])
        figures, lines = self._probed(subject)
        measured = self._measured(subject)
        figures |= {f"embedding/{name}": value for name, value in measured.items()}
        rates = ("recall", "map", "r_prec")
        for name, value in measured.items():
            lines.append((_words(name), Share(value) if name.startswith(rates) else value))
        lines = [(*line, *[None] * (4 - len(line))) for line in lines]
        note = f"With {100 * self.level:g} % bootstrap intervals; few shots: one sd of the draws."
        similarity = centroid_similarity(
            subject.test.embedding, subject.test.label, len(subject.classes)
        )
        tables = {
            "figures": Table(("", "test", "from", "to"), lines, note),
            "closest_classes": _closest(similarity, subject.classes),
        }
        caption = "Cosine of the class means of the embedding on test."
        plot = Plot(lambda: draw_similarity(similarity.numpy(), subject.classes), caption)
        return Findings(figures, tables, {"classes": plot})

    def _probed(self, subject: Subject) -> tuple[dict[str, float], list[tuple[Cell, ...]]]:
        """What judges the features: neighbours and probes."""
        train, test = subject.train, subject.test
        similarity, index = nearest(test.features, train.features, max(self.knn))
        right = {
            f"knn_{k}": vote(similarity[:, :k], index[:, :k], train.label) == test.label
            for k in self.knn
        }
        several = len(train.label.unique()) > 1
        figures: dict[str, float] = {}
        probe = Probe(train, subject.validation, test) if several else None
        if probe is not None:
            right["linear_probe"], figures["embedding/linear_probe_c"] = probe.linear()

        def statistic(weight: Tensor) -> Mapping[str, Tensor]:
            total = weight.sum(dim=1)
            return {name: weight @ column.to(weight) / total for name, column in right.items()}

        lines: list[tuple[Cell, ...]] = []
        found = bootstrap(statistic, len(test.label), self.resamples, subject.seed, self.level)
        for name, (value, low, high) in found.items():
            key = f"embedding/{name}"
            figures |= {key: value, f"{key}/low": low, f"{key}/high": high}
            lines.append((_words(name), *map(Share, (value, low, high))))
        for shots in self.shots:
            if probe is None:
                break
            mean, sd = probe.few_shot(shots, self.draws, subject.seed)
            key = f"probe_{shots}_shot"
            figures |= {f"embedding/{key}": mean, f"embedding/{key}/sd": sd}
            lines.append((_words(key), *map(Share, (mean, mean - sd, mean + sd))))
        return figures, lines

    def _measured(self, subject: Subject) -> dict[str, float]:
        """What is measured of the embedding of test rows; what cannot be said is left out."""
        rows, label = some_rows(subject.test.embedding, subject.test.label)
        figures = retrieval_scores(rows, label, self.recall) | {
            "alignment": alignment(rows, label),
            "uniformity": uniformity(rows),
            "effective_rank": effective_rank(rows).item(),
            "silhouette": silhouette(rows, label),
        }
        return {name: value for name, value in figures.items() if not math.isnan(value)}


def _closest(similarity: Tensor, classes: Sequence[str]) -> Table:
    """The pairs of classes whose means are most alike."""
    first, second = similarity.triu(1).nonzero().T
    value = similarity[first, second]
    rows = [
        (classes[i], classes[j], cosine)
        for i, j, cosine in sorted(
            zip(first.tolist(), second.tolist(), value.tolist(), strict=True), key=lambda r: -r[2]
        )[:CLOSEST]
    ]
    return Table(("class", "and", "cosine"), rows, "The classes whose means are most alike.")


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
