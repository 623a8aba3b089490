"""The training loop that ours is compared with, and the images that both train on."""

import copy
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, normalize

CLASSES, PIXELS = 10, 28


def supcon(x: Tensor, label: Tensor, temperature: float) -> Tensor:
    """Supervised contrastive loss, as one writes it down."""
    itself = torch.eye(len(x), dtype=torch.bool)
    positive = (label[:, None] == label[None]) & ~itself
    log_p = (x @ x.T / temperature).masked_fill(itself, -1e9).log_softmax(1)
    return -((log_p * positive).sum(1) / positive.sum(1).clamp_min(1)).mean()


class HandWritten:
    """The loop that ours is compared with: model, optimizer, schedule, and nothing else."""

    def __init__(self, module: Any, datamodule: Any, steps: int) -> None:
        network = copy.deepcopy(module.network).train()
        self.encoder, self.projector, self.head = network.encoder, network.projector, network.head
        parts = nn.ModuleList([self.encoder, self.projector, self.head])
        matrices = [p for p in parts.parameters() if p.ndim > 1]
        vectors = [p for p in parts.parameters() if p.ndim <= 1]
        settings = [{"params": matrices}, {"params": vectors, "weight_decay": 0.0}]
        self.optimizer = module.optimizer(settings)
        decay = torch.optim.lr_scheduler.LinearLR(self.optimizer, 1.0, 0.01, steps)
        self.schedule, self.temperature = decay, module.contrast.loss.temperature
        labelled = datamodule.splits.labelled
        self.images = labelled.raw[np.arange(len(labelled.label))]
        self.label = torch.from_numpy(labelled.label)
        self.mean, self.std = datamodule.mean[0], datamodule.std[0]

    def epoch(self, batches: list[Tensor]) -> None:
        for index in batches:
            label = self.label[index]
            images = (self.images[index].float() / 255 - self.mean) / self.std
            features = self.encoder(images)
            embedding = normalize(self.projector(features), dim=1)
            loss = supcon(embedding, label, self.temperature)
            loss = loss + cross_entropy(self.head.linear(features), label)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            self.schedule.step()


def write_images(folder: Path, rows: int) -> None:
    """Noise in MNIST's format: the time of a step does not depend on what is in a picture."""
    generator = np.random.default_rng(0)
    for part, count in (("train", rows), ("t10k", 100)):
        images = generator.integers(0, 256, (count, PIXELS, PIXELS), dtype=np.uint8)
        label = (np.arange(count) % CLASSES).astype(np.uint8)
        for name, array in (("images-idx3", images), ("labels-idx1", label)):
            head = np.array([0x800 + array.ndim, *array.shape], dtype=">i4").tobytes()
            (folder / f"{part}-{name}-ubyte").write_bytes(head + array.tobytes())
