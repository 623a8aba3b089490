"""The teacher of a run: its network, and its vectors of the training rows."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from lightning_contrast.build.reader import pretrained_reader
from lightning_contrast.candidates.store import Joined
from lightning_contrast.candidates.teacher import Teacher
from lightning_contrast.config.trusted import prefixes
from lightning_contrast.data.frozen import kept_vectors
from lightning_contrast.errors import InputError
from lightning_contrast.metrics.similarity import OF_UNIT_VECTORS
from lightning_contrast.modalities import modality_of
from lightning_contrast.modules.fingerprint import fingerprint
from lightning_contrast.rows.exact import exact_keys

if TYPE_CHECKING:
    from lightning_contrast.data.datamodule import ContrastiveDataModule
    from lightning_contrast.modules.network import Network

BATCH = 256  # rows that the teacher embeds at a time


def teach(candidates: Any, datamodule: "ContrastiveDataModule", config: Mapping[str, Any]) -> None:
    """Gives each teacher among the candidates its vectors of the training rows.

    Raises:
        InputError: a teacher can't be loaded, reads another modality, compares embeddings of any
            length, or its vectors have another width than the student's embedding.
    """
    parts = candidates.parts.values() if isinstance(candidates, Joined) else [candidates]
    for part in parts:
        if isinstance(part, Teacher):
            vectors, rows = vectors_of(part, datamodule, config)
            part.hold(torch.from_numpy(vectors), torch.from_numpy(rows))


def vectors_of(
    teacher: Teacher, datamodule: "ContrastiveDataModule", config: Mapping[str, Any]
) -> tuple[np.ndarray, np.ndarray]:
    """The teacher's vectors ``(n, t)`` of the training rows, and their numbers ``(n,)``."""
    assert datamodule.splits is not None
    with torch.random.fork_rng(devices=[]):
        network = network_of(teacher).to(_device(config)).eval()
    if network.modality != datamodule.modality:
        raise InputError(
            f"teacher {teacher.model} reads {network.modality}, and the run's modality is "
            f"{datamodule.modality}: set candidates.teacher.model to a checkpoint of a run with "
            f"modality={datamodule.modality}"
        )
    features = teacher.space == "features"
    if not features and network.similarity not in OF_UNIT_VECTORS:
        raise InputError(
            f"teacher {teacher.model} was trained with engine.similarity={network.similarity}, and "
            "its keys are compared by their cosine: give one that was trained with "
            "engine.similarity=cosine, or set candidates.teacher.space=features"
        )
    width = (network.encoder if features else network.projector).out_features
    teacher.check_width(width)
    raw, rows = datamodule.splits.labelled.raw, datamodule.splits.train
    modality = modality_of(network.modality)

    @torch.inference_mode()
    def embed(places: np.ndarray) -> np.ndarray:
        found = []
        for start in range(0, len(places), BATCH):
            inputs = modality.inputs(raw, rows[places[start : start + BATCH]], network.preprocess)
            encoded = network.encode(inputs)
            found.append((encoded if features else network.project(encoded)).float().cpu().numpy())
        return np.concatenate(found)

    folder = None
    if teacher.folder is not None:
        folder = Path(teacher.folder) / fingerprint(network, teacher.space)
    quiet, what = config["quiet"], "keys of the teacher"
    return kept_vectors(embed, exact_keys(raw, rows), width, folder, what, quiet), rows


def network_of(teacher: Teacher) -> "Network":
    """The network of a checkpoint, or a network made of a pretrained model of texts."""
    from lightning_contrast.modules.checkpoint import load

    if teacher.is_checkpoint:
        return load(teacher.model, prefixes(list(teacher.trust)))
    key, words = "candidates.teacher.model", teacher.words
    return pretrained_reader(teacher.model, key, teacher.max_length, teacher.pooling, words)


def _device(config: Mapping[str, Any]) -> torch.device:
    if config["trainer"]["accelerator"] == "cpu" or not torch.accelerator.is_available():
        return torch.device("cpu")
    kind = torch.accelerator.current_accelerator()
    assert kind is not None
    return torch.device(kind.type, int(os.environ.get("LOCAL_RANK", 0)))
