import io
import sys
import time
from types import SimpleNamespace

import pytest
import torch
from pytorch_lightning import LightningModule, Trainer
from torch.utils.data import DataLoader, TensorDataset

from lightning_contrast.callbacks.progress import Progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


class Reads:
    """A loss that counts how often it is read."""

    def __init__(self):
        self.count = 0

    def __float__(self):
        self.count += 1
        return 0.25


class Tiny(LightningModule):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(2, 1)

    def training_step(self, batch, _):
        return self.layer(batch[0]).square().mean()

    def validation_step(self, batch, _):
        self.log("validation/accuracy", torch.tensor(0.625), batch_size=2)

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), 0.1)


def fit(bar):
    rows = DataLoader(TensorDataset(torch.ones(8, 2)), batch_size=2)
    trainer = Trainer(
        max_epochs=2,
        callbacks=[bar],
        logger=False,
        accelerator="cpu",
        enable_checkpointing=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
    )
    trainer.fit(Tiny(), rows, rows)
    return trainer


def watch(monkeypatch, kind=Terminal):
    """Put a stream of ``kind`` in the place of the standard error (not in a fixture: pytest puts
    its own there when the test begins)."""
    stream = kind()
    monkeypatch.setattr(sys, "stderr", stream)
    return stream


# Lightning 2.6 asks torch for a class that torch 2.13 calls deprecated, and counts workers.
pytestmark = [
    pytest.mark.filterwarnings("ignore:.*LeafSpec"),
    pytest.mark.filterwarnings("ignore:The '.*dataloader' does not have many workers"),
]


def test_shows_epoch_loss_accuracy_and_time_left(monkeypatch):
    monkeypatch.setenv("COLUMNS", "90")
    terminal = watch(monkeypatch)
    fit(Progress(interval=0))
    shown = terminal.getvalue()
    assert "epoch 1/2  loss 0." in shown
    assert "validation 62.5 %" in shown.split("epoch 2/2", 1)[1]
    assert "100 %" in shown
    assert "left" in shown


@pytest.mark.parametrize(("kind", "quiet"), [(Terminal, True), (io.StringIO, False)])
def test_draws_nothing_when_quiet_or_where_there_is_no_terminal(monkeypatch, kind, quiet):
    stream = watch(monkeypatch, kind)
    fit(Progress(quiet=quiet, interval=0))
    assert "epoch" not in stream.getvalue()
    assert "\r" not in stream.getvalue()


def test_reads_the_loss_only_when_it_draws(monkeypatch):
    watch(monkeypatch)
    bar, loss = Progress(interval=0.05), Reads()
    trainer = SimpleNamespace(
        estimated_stepping_batches=2000, global_step=0, max_epochs=1, current_epoch=0
    )
    bar.on_train_start(trainer, None)
    start = time.monotonic()
    for step in range(2000):
        bar.on_train_batch_end(trainer, None, {"loss": loss}, None, step)
    elapsed = time.monotonic() - start
    bar.on_train_end(trainer, None)
    assert 1 <= loss.count <= elapsed / 0.05 + 1
