"""The metrics that follow a run, epoch by epoch."""

from typing import Any

import torch
from torch import Tensor
from torchmetrics import MeanMetric, MetricCollection
from torchmetrics.classification import (
    MulticlassAccuracy,
    MulticlassF1Score,
    MultilabelExactMatch,
    MultilabelF1Score,
)


class _Accuracy(MulticlassAccuracy):
    def compute(self) -> Tensor:
        return _nan_without_rows(self, super().compute())


class _F1Score(MulticlassF1Score):
    def compute(self) -> Tensor:
        return _nan_without_rows(self, super().compute())


def running_metrics(classes: int) -> MetricCollection:
    """``validation/accuracy`` and ``validation/macro_f1``; NaN where no row has a label (-1).

    Without classes there is nothing to follow.

    >>> sorted(running_metrics(3).keys())
    ['validation/accuracy', 'validation/macro_f1']
    """
    if not classes:
        return MetricCollection({})
    count: dict[str, Any] = {"num_classes": classes, "ignore_index": -1}
    return MetricCollection(
        {
            "accuracy": _Accuracy(average="micro", **count),
            "macro_f1": _F1Score(average="macro", **count),
        },
        prefix="validation/",
    )


def running_set_metrics(labels: int) -> MetricCollection:
    """Of rows with several labels, at thresholds of 0.5: ``validation/accuracy`` (all labels of a
    row right), ``validation/macro_f1`` and ``validation/micro_f1``.

    >>> sorted(running_set_metrics(3).keys())
    ['validation/accuracy', 'validation/macro_f1', 'validation/micro_f1']
    """
    count: dict[str, Any] = {"num_labels": labels, "ignore_index": -1}
    return MetricCollection(
        {
            "accuracy": MultilabelExactMatch(**count),
            "macro_f1": MultilabelF1Score(average="macro", **count),
            "micro_f1": MultilabelF1Score(average="micro", **count),
        },
        prefix="validation/",
    )


def running_likelihood() -> MetricCollection:
    """``validation/log_likelihood``: the mean log-probability of a token, in nats; the perplexity
    is ``exp`` of its negative.

    >>> sorted(running_likelihood().keys())
    ['validation/log_likelihood']
    """
    return MetricCollection({"log_likelihood": MeanMetric()}, prefix="validation/")


def _nan_without_rows(metric: Any, value: Tensor) -> Tensor:
    """The value, or NaN where torchmetrics has divided 0 by 0 and says 0."""
    return torch.where((metric.tp + metric.fn).sum() > 0, value, torch.nan)
