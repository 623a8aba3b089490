import math

import numpy as np
import pytest
import torch
from torch import nn

from lightning_contrast.callbacks.health import Health, embedding_health, gradient_norms
from lightning_contrast.loggers.histograms import EDGES
from lightning_contrast.metrics.geometry import alignment, uniformity
from lightning_contrast.pairings.label import Label
from lightning_contrast.types import Rows


def rows(count=12):
    torch.manual_seed(0)
    label = torch.arange(count) % 3
    embedding = nn.functional.normalize(torch.randn(count, 5), dim=1)
    return Rows(embedding, label, torch.arange(count), torch.zeros(count), torch.arange(count))


def test_figures_and_histograms_are_those_of_all_pairs():
    batch = rows()
    figures, counts = embedding_health(batch, Label())
    same, other = [], []
    for i in range(12):
        for j in range(12):
            cosine = float(batch.embedding[i] @ batch.embedding[j])
            if i != j:
                (same if batch.label[i] == batch.label[j] else other).append(cosine)
    assert float(figures["cosine/positive"]) == pytest.approx(np.mean(same), abs=1e-6)
    assert float(figures["cosine/negative"]) == pytest.approx(np.mean(other), abs=1e-6)
    assert float(figures["alignment"]) == pytest.approx(
        alignment(batch.embedding, batch.label), abs=1e-5
    )
    assert float(figures["uniformity"]) == pytest.approx(uniformity(batch.embedding), abs=1e-5)
    for row, cosines in zip(counts, (same, other), strict=True):
        np.testing.assert_array_equal(row.numpy(), np.histogram(cosines, EDGES)[0])


def test_the_norm_of_the_gradient_is_that_of_all_parts_together():
    module = nn.Module()
    module.network = nn.ModuleDict({n: nn.Linear(2, 2) for n in ("encoder", "projector", "head")})
    module.network.projector(module.network.encoder(torch.ones(1, 2))).sum().backward()
    norms = gradient_norms(module)
    assert set(norms) == {"gradient_norm", "gradient_norm/encoder", "gradient_norm/projector"}
    squares = [float(p.grad.pow(2).sum()) for p in module.parameters() if p.grad is not None]
    assert float(norms["gradient_norm"]) == pytest.approx(math.sqrt(sum(squares)))


class Logger:
    def __init__(self):
        self.logged = {}

    def log_metrics(self, metrics, step):
        self.logged[step] = metrics


class Trainer:
    loggers: list = []  # noqa: RUF012
    global_step = 0
    is_global_zero = True
    optimizers = [torch.optim.SGD([nn.Parameter(torch.ones(1))], lr=0.25)]  # noqa: RUF012


def stepped(health, trainer, module, count=2):
    health.on_train_batch_start(trainer, module, None, 0)
    module.network.projector(torch.ones(count, 2)).sum().backward()
    health.on_before_optimizer_step(trainer, module, None)
    trainer.global_step += 1
    health.on_train_batch_end(trainer, module, {}, None, 0)


def contrasting():
    module = nn.Module()
    module.network = nn.ModuleDict({"encoder": nn.Linear(2, 2), "projector": nn.Linear(2, 2)})
    module.contrast = type("Contrast", (), {"pairing": Label(), "loss": nn.Identity()})
    module.last_rows = rows()
    return module


def test_it_looks_every_so_many_steps_and_leaves_no_hook_behind():
    trainer, module, health = Trainer(), contrasting(), Health(every_n_steps=3)
    logger = Logger()
    trainer.loggers = [logger]
    for step in range(7):
        stepped(health, trainer, module)
        assert bool(module.network.projector._forward_hooks) is False, step
    assert list(logger.logged) == [2, 5]
    found = logger.logged[2]
    assert found["health/learning_rate"] == 0.25
    assert found["health/embedding_norm_deviation"] == pytest.approx(0, abs=1e-6)
    assert "health/temperature" not in found, "this loss has none"


def test_without_a_logger_it_does_nothing():
    trainer, module, health = Trainer(), contrasting(), Health(every_n_steps=1)
    stepped(health, trainer, module)
    assert not health._found and health._hook is None


@pytest.mark.filterwarnings("error")
def test_a_batch_without_a_row_of_the_contrast_has_no_norms():
    trainer, module, health = Trainer(), contrasting(), Health(every_n_steps=1)
    trainer.loggers = [Logger()]
    stepped(health, trainer, module, count=0)
    assert "health/embedding_norm" not in trainer.loggers[0].logged[0]
