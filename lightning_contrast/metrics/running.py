"""The metrics that follow a run, epoch by epoch."""

from typing import Any

from torchmetrics import MetricCollection
from torchmetrics.classification import MulticlassAccuracy, MulticlassF1Score


def running_metrics(classes: int) -> MetricCollection:
    """``validation/accuracy`` and ``validation/macro_f1``; rows labelled -1 do not count.

    >>> sorted(running_metrics(3).keys())
    ['validation/accuracy', 'validation/macro_f1']
    """
    count: dict[str, Any] = {"num_classes": classes, "ignore_index": -1}
    return MetricCollection(
        {
            "accuracy": MulticlassAccuracy(average="micro", **count),
            "macro_f1": MulticlassF1Score(average="macro", **count),
        },
        prefix="validation/",
    )
