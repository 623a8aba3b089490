"""The cost of a classifier: its size, its operations, and its speed on this machine."""

import json
from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

import numpy as np
import torch

from lightning_contrast.batch import apply
from lightning_contrast.evaluation.subject import Subject
from lightning_contrast.evaluation.timing import timed
from lightning_contrast.metrics.energy import energy_counter
from lightning_contrast.metrics.peak_memory import peak_memory
from lightning_contrast.modules.network import Network

COUNTED = 16  # rows on which operations are counted
VARIED = 256  # smallest number of different rows in a timing: texts differ in length


def size(subject: Subject) -> dict[str, float]:
    """``parameters``, ``trainable_parameters``, ``parameter_bytes``, ``flops``,
    ``checkpoint_bytes``, ``train_seconds``, ``train_samples_per_second``: those that are known."""
    parameters = list(subject.network.parameters())
    found: dict[str, float] = {
        "parameters": sum(p.numel() for p in parameters),
        "trainable_parameters": sum(p.numel() for p in parameters if p.requires_grad),
        "parameter_bytes": sum(p.numel() * p.element_size() for p in parameters),
    }
    if len(subject.all_test.label):
        found["flops"] = flops(subject.network, raw_rows(subject, COUNTED))
    if subject.checkpoint is not None:
        found["checkpoint_bytes"] = subject.checkpoint.stat().st_size
    result = training_result(subject)
    if result.get("train/seconds"):
        steps = result["train/steps"] * subject.config["trainer"]["accumulate_grad_batches"]
        rows = steps * subject.config["datamodule"]["batch_size"]
        found["train_seconds"] = result["train/seconds"]
        found["train_samples_per_second"] = rows / result["train/seconds"]
    return found


def speed(subject: Subject, batch: int, budget: float) -> dict[str, float]:
    """Latency, rows a second, memory and energy at ``batch`` rows at a time.

    Prediction and training are timed for about ``budget`` seconds each. Figures that the machine
    does not report are left out.
    """
    network, device = subject.network, subject.network.device
    rows = raw_rows(subject, max(batch, VARIED))
    turn = count()

    def predict() -> None:
        start = next(turn) * batch % (len(rows) - batch + 1)
        answers(network, rows[start : start + batch])

    latency = timed(predict, budget, device, energy_counter)
    found = {
        "latency_p50_ms": 1000 * float(np.quantile(latency.seconds, 0.5)),
        "latency_p95_ms": 1000 * float(np.quantile(latency.seconds, 0.95)),
        "samples_per_second": batch / float(latency.seconds.mean()),
    }
    if latency.joules is not None:
        found["joules_per_sample"] = latency.joules / (batch * len(latency.seconds))
    if (learn := learning(network, rows[:batch])) is not None:
        seconds = timed(learn, budget, device).seconds
        network.zero_grad(set_to_none=True)
        found["training_samples_per_second"] = batch / float(seconds.mean())
    if (peak := peak_memory(predict, device)) is not None:
        found["peak_memory_bytes"] = peak
    return found


def raw_rows(subject: Subject, rows: int) -> list[Any]:
    """``rows`` raw test rows, evenly spaced; a smaller split repeats its rows."""
    index = subject.all_test.index.numpy()
    step = max(1, len(index) // rows)
    index = np.resize(index[::step], rows)
    return subject.modality.take(subject.rows.raw, index)


@torch.inference_mode()
def answers(network: Network, rows: list[Any]) -> None:
    """What ``predict`` does, also of a network whose head decides nothing."""
    network.decide(network.features(rows, len(rows)))


def flops(network: Network, rows: list[Any]) -> int:
    """Floating-point operations of one row through encoder and head, the mean over ``rows``.

    Matrix products, attention and convolutions count; a multiply-add counts as two (torch's
    counter).
    """
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter:
        for row in rows:
            answers(network, [row])
    return counter.get_total_flops() // len(rows)


def learning(network: Network, rows: list[Any]) -> Callable[[], None] | None:
    """A function that runs encoder, projector and head forward and backward; None if all are
    frozen.

    The contrastive loss, the optimiser's step and dropout are left out. The parameters keep their
    gradients.
    """
    device = network.device
    inputs = apply(lambda part: part.to(device), network.preprocess.batch(rows))
    label = torch.zeros(len(rows), dtype=torch.long, device=device)
    network.eval()

    def loss() -> torch.Tensor:
        features = network(inputs)
        total = network.head.loss(features, label)[0] + network.projector(features).square().sum()
        return total / len(rows)

    if not loss().requires_grad:
        return None
    return lambda: loss().backward()


def training_result(subject: Subject) -> Mapping[str, Any]:
    """The figures of the run: this one's, or those of the ``result.json`` beside the checkpoint."""
    if "train/seconds" in subject.result or subject.checkpoint is None:
        return subject.result
    file = subject.checkpoint.absolute().parent.parent / "result.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
