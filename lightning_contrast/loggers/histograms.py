"""Histograms of cosines, for the loggers that can draw them."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

EDGES = np.linspace(-1, 1, 51)


def count_cosines(cosine: Tensor, mask: Tensor) -> Tensor:
    """The number of masked entries in each bin of ``EDGES``; it does not wait for the device.

    Shapes: both ``(a, c)``; returns ``(50,)`` float32.

    >>> count_cosines(torch.tensor([[-1.0, 1.0]]), torch.tensor([[True, True]]))[[0, 49]]
    tensor([1., 1.])
    """
    bins = len(EDGES) - 1
    place = ((cosine + 1) * (bins / 2)).long().clamp(0, bins - 1)
    counts = torch.zeros(bins, device=cosine.device)
    return counts.scatter_add_(0, place.flatten(), mask.flatten().float())


def log_with_histograms(
    loggers: Sequence[Any],
    figures: Mapping[str, float],
    histograms: Mapping[str, np.ndarray],
    step: int,
) -> None:
    """Logs figures to every logger, and histograms (counts in the bins of ``EDGES``) to W&B, in one
    record with the figures, and to TensorBoard."""
    for logger in loggers:
        kind = type(logger).__name__
        if kind == "WandbLogger":
            import wandb

            drawn = {
                name: wandb.Histogram(np_histogram=(counts.tolist(), EDGES.tolist()))
                for name, counts in histograms.items()
            }
            logger.log_metrics({**figures, **drawn}, step=step)
            continue
        logger.log_metrics(dict(figures), step=step)
        if kind == "TensorBoardLogger":
            for name, counts in histograms.items():
                _to_tensorboard(logger.experiment, name, counts, step)


def _to_tensorboard(writer: Any, name: str, counts: np.ndarray, step: int) -> None:
    centres = (EDGES[1:] + EDGES[:-1]) / 2
    writer.add_histogram_raw(
        name,
        min=float(EDGES[0]),
        max=float(EDGES[-1]),
        num=int(counts.sum()),
        sum=float((counts * centres).sum()),
        sum_squares=float((counts * centres**2).sum()),
        bucket_limits=EDGES[1:].tolist(),
        bucket_counts=counts.tolist(),
        global_step=step,
    )
