"""Embeds a split with the trained network."""

from collections.abc import Iterable
from typing import Any

import torch

from lightning_contrast.batch import Batch
from lightning_contrast.runtime.pace import tracked
from lightning_contrast.types import Embedded


@torch.inference_mode()
def embed(
    network: Any,
    loader: Iterable[Batch],
    what: str = "embedding",
    quiet: bool = True,
    judged: bool = True,
) -> Embedded:
    """Features, embedding and logits of every row of a loader, on the CPU, without views.

    ``network``: a ``modules.network.Network``. ``what``: title of the progress bar. Without
    ``judged`` the logits have no columns: of many classes they are wider than all else. An empty
    split gives tensors without rows.
    """
    classes = len(network.classes) if judged else 0
    widths = (network.encoder.out_features, network.projector.out_features, classes)
    none = [torch.zeros(0, width) for width in widths]
    number = torch.zeros(0, dtype=torch.long)
    parts = [Embedded(none[0], none[1], none[2], number, number)]
    for batch in tracked(loader, what, quiet):
        part = network.read(batch)
        parts.append(part if judged else part._replace(logits=part.logits[:, :0].clone()))
    columns = [list(column) for column in zip(*parts, strict=True)]
    del parts  # else the parts of a column would stay when it is joined
    return Embedded(*(torch.cat(columns.pop(0)) for _ in range(len(columns))))


def with_label(split: Embedded) -> Embedded:
    """The rows of a split that have a label.

    >>> rows = torch.eye(2)
    >>> with_label(Embedded(rows, rows, rows, torch.tensor([0, -1]), torch.arange(2))).index
    tensor([0])
    """
    kept = split.label >= 0
    return split if bool(kept.all()) else Embedded(*(column[kept] for column in split))
