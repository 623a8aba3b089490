"""The rows of a source that a search compares with, and their embeddings."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch import Tensor

from lightning_contrast.rows.partners import numbers_of, partners_of
from lightning_contrast.rows.parts import Parts
from lightning_contrast.runtime.pace import tracked

if TYPE_CHECKING:
    from lightning_contrast.data.prepare import Splits
    from lightning_contrast.modules.network import Network

BATCH = 256  # rows that are read at a time


class Searched(NamedTuple):
    """The rows that are searched, those of training and their captions, ``(N,)``: their places in
    the source, their numbers for people (``numbers_of``), and the kind of each, if there are
    several."""

    rows: np.ndarray
    number: np.ndarray
    kind: np.ndarray | None


def searched(splits: "Splits") -> Searched:
    """What a search compares with."""
    raw, rows = splits.labelled.raw, splits.train
    if not isinstance(raw, Parts):
        return Searched(rows, numbers_of(splits.labelled, rows), None)
    partners = partners_of(splits.labelled, rows)
    rows = rows if partners is None else np.append(rows, partners.row)
    kind = np.array([raw.name_of(row) for row in rows.tolist()])
    return Searched(rows, numbers_of(splits.labelled, rows), kind)


@torch.inference_mode()
def embedded(
    network: "Network", splits: "Splits", rows: np.ndarray, quiet: bool
) -> Iterator[tuple[int, Tensor]]:
    """Embeddings of rows, ``BATCH`` at a time, each with the place of its first."""
    from lightning_contrast.modalities import modality_of

    modality, raw = modality_of(network.modality), splits.labelled.raw
    for start in tracked(range(0, len(rows), BATCH), "training rows", quiet):
        inputs = modality.inputs(raw, rows[start : start + BATCH], network.preprocess)
        yield start, network.project(network.encode(inputs))
