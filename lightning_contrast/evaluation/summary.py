"""The figures of one split, which ``result.json`` holds under ``validation/`` and ``test/``."""

import math

from lightning_contrast.metrics.by_frequency import accuracy_by_frequency
from lightning_contrast.metrics.calibration import accuracy, expected_calibration_error, macro_f1
from lightning_contrast.metrics.geometry import alignment, uniformity
from lightning_contrast.metrics.knn import knn_accuracy
from lightning_contrast.metrics.retrieval import retrieval_scores
from lightning_contrast.metrics.similarity import Kind
from lightning_contrast.metrics.some_rows import some_rows
from lightning_contrast.types import Embedded


def summarize(
    train: Embedded,
    split: Embedded,
    classes: tuple[str, ...],
    temperature: float | None = None,
    k: int = 20,
    by_frequency: bool = True,
    similarity: Kind = "cosine",
) -> dict[str, float]:
    """Every metric of ``split``; rates are fractions from 0 to 1. All rows have a label.

    ``accuracy``, ``macro_f1`` and ``ece`` measure the head. ``knn_accuracy`` measures the features,
    with neighbours from ``train``. ``recall_at_1``, ``map_at_r``, ``alignment`` and ``uniformity``
    measure the embedding, among the rows of ``split`` (20,000 of them at most: ``some_rows``).
    Figures that are undefined (no labelled row, no class with two rows) are left out.

    ``temperature``: the number by which ``predict`` divides logits. ``ece`` is the calibration
    error of the resulting probabilities; ``ece_uncalibrated`` is that without the temperature, if
    there is one.

    ``by_frequency``: adds ``many_accuracy``, ``medium_accuracy``, ``few_accuracy`` of the head, by
    the number of rows of a class in ``train``, if these differ much (``accuracy_by_frequency``).

    ``similarity``: what embeddings are compared by, for ``recall_at_1`` and ``map_at_r``.

    >>> import torch
    >>> eye, label = torch.eye(2), torch.arange(2)
    >>> rows = Embedded(eye, eye, 9 * eye, label, label)
    >>> summarize(rows, rows, ("a", "b"), k=1)["knn_accuracy"]
    1.0
    """
    predicted = split.logits.argmax(dim=1)
    raw, scaled = (
        expected_calibration_error(split.logits, split.label, temperature=t)
        for t in (1.0, temperature or 1.0)
    )
    embedding, label = some_rows(split.embedding, split.label)
    found = retrieval_scores(embedding, label, (1,), similarity=similarity)
    figures = {
        "accuracy": accuracy(predicted, split.label),
        "macro_f1": macro_f1(predicted, split.label, len(classes)),
        "ece": scaled,
        "ece_uncalibrated": raw if temperature else math.nan,
        "knn_accuracy": knn_accuracy(train.features, train.label, split.features, split.label, k),
        "recall_at_1": found["recall_at_1"],
        "map_at_r": found["map_at_r"],
        "alignment": alignment(embedding, label),
        "uniformity": uniformity(embedding),
    }
    if by_frequency:
        figures |= accuracy_by_frequency(predicted, split.label, train.label)
    return {name: value for name, value in figures.items() if not math.isnan(value)}
