"""What a network makes of a batch: rows of features, embeddings and logits."""

from typing import Any

from torch import Tensor

from lightning_contrast.batch import Batch
from lightning_contrast.metrics.boxes import at_centres
from lightning_contrast.types import Embedded


def read(network: Any, batch: Batch) -> Embedded:
    """``modules.network.Network.read``."""
    features, label, index = network.encode_as_trained(batch.inputs), batch.label, batch.index
    if label.ndim == 3:
        features, label, row = at_centres(features, label.to(features.device))
        index = index[row.cpu()]
    elif network.head.answer.of_places and label.ndim == 2:
        row, place = (label.to(features.device) >= 0).nonzero(as_tuple=True)
        features, label, index = features[row, place], label[label >= 0], index[row.cpu()]
    else:
        features = of_rows(features)
    if label.ndim == 2:  # of places, and the head judges none of them
        label = label.new_full((len(label),), -1)
    return outputs(network, features, label, index)


def outputs(network: Any, features: Tensor, label: Tensor, index: Tensor) -> Embedded:
    """Rows with these features on the network's device, and what projector and head make of
    them."""
    logits = network.head.among(network.head(features), label.to(features.device))
    found = (features, network.project(features), logits, label, index)
    return Embedded(*(column.cpu() for column in found))


def of_rows(features: Tensor) -> Tensor:
    """Features ``(n, f)`` as they are; of places ``(n, t, f)`` the mean over those that are no
    padding, which has zeros.

    >>> import torch
    >>> of_rows(torch.tensor([[[1.0], [3.0], [0.0]]])).tolist()
    [[2.0]]
    """
    if features.ndim == 2:
        return features
    there = (features != 0).any(2).sum(1, keepdim=True)
    return features.sum(1) / there.clamp_min(1)
