"""A loss that is no number stops the run, and leaves the last good checkpoint as it was."""

import json

import pytest
import torch
from pytorch_lightning import Callback, seed_everything

from lightning_contrast.build.parts import (
    build_callbacks,
    build_datamodule,
    build_module,
    build_trainer,
)
from lightning_contrast.callbacks.finite import NotFinite, StopWhenNotFinite
from tests.runs import composed, write_news


class Spoil(Callback):
    """Multiplies the loss, or the weights, of one step by NaN."""

    def __init__(self, step, weights=False):
        self.step, self.weights, self.rows = step, weights, None

    def on_train_batch_start(self, trainer, module, batch, batch_idx):
        if trainer.global_step + 1 != self.step:
            return
        self.rows = [index + 1 for index in batch.anchor.index.tolist()]
        step = module.training_step

        def spoilt(*arguments):
            module.training_step = step
            return step(*arguments) * torch.nan

        if not self.weights:
            module.training_step = spoilt

    def on_train_batch_end(self, trainer, module, outputs, batch, batch_idx):
        if self.weights and trainer.global_step == self.step:
            next(module.parameters()).data.fill_(torch.inf)


def fit(folder, spoil, *overrides):
    news = write_news(folder / "news.csv")
    run = composed(
        *("source=table", f"source.path={news}", "sampler=shuffled", "datamodule.batch_size=16"),
        *("trainer.accelerator=cpu", "trainer.max_epochs=10", "logger=none", "quiet=true"),
        "callbacks.last.every_n_steps=2",
        *overrides,
    )
    seed_everything(0, verbose=False)
    datamodule = build_datamodule(run)
    module = build_module(run, datamodule)
    trainer = build_trainer(run, folder, [], [spoil, *build_callbacks(run, folder)])
    trainer.fit(module, datamodule)


def test_it_names_the_step_the_rows_and_the_last_good_checkpoint(tmp_path):
    spoil = Spoil(step=9)
    with pytest.raises(NotFinite) as stopped:
        fit(tmp_path, spoil)
    line, last = str(stopped.value), tmp_path / "checkpoints" / "last.ckpt"
    assert "the loss is nan at step 9 (rows " in line
    assert f"last good checkpoint: {last}" in line
    assert "\n" not in line
    report = json.loads((tmp_path / "bad_batch.json").read_text())
    assert report == {"step": 9, "loss": "nan", "rows": spoil.rows}
    saved = torch.load(last, weights_only=True)
    assert saved["global_step"] == 8
    assert all(
        torch.isfinite(v).all() for v in saved["state_dict"].values() if v.is_floating_point()
    )


def test_weights_that_are_not_finite_are_not_saved(tmp_path):
    with pytest.raises(NotFinite, match="the weights are not finite after step 5"):
        fit(tmp_path, Spoil(step=5, weights=True), "trainer.max_steps=5")
    assert torch.load(tmp_path / "checkpoints" / "last.ckpt", weights_only=True)["global_step"] < 5


def test_without_a_checkpoint_it_says_so(tmp_path):
    with pytest.raises(NotFinite, match="last good checkpoint: none was written yet"):
        fit(tmp_path, Spoil(step=1), "trainer.log_every_n_steps=1")


def test_losses_are_looked_at_together_every_log_every_n_steps(monkeypatch):
    class Trainer:
        log_every_n_steps, global_step, is_global_zero = 4, 0, True

    class Part:
        anchor = type("Anchor", (), {"index": torch.arange(2)})

    looks = []
    nonzero = torch.Tensor.nonzero
    monkeypatch.setattr(torch.Tensor, "nonzero", lambda t: looks.append(len(t)) or nonzero(t))
    callback = StopWhenNotFinite("checkpoints")
    for _ in range(9):
        callback.on_train_batch_end(Trainer, None, {"loss": torch.ones(())}, Part, 0)
    assert looks == [4, 4]


class SpoilProjector(Callback):
    """Makes NaN of the projector's output, or of its gradient alone, in one batch."""

    def __init__(self, batch, backward):
        self.batch, self.backward, self.rows = batch, backward, None

    def on_train_batch_start(self, trainer, module, batch, batch_idx):
        if batch_idx != self.batch:
            return
        self.rows = [index + 1 for index in batch.anchor.index.tolist()]
        projector = module.network.projector
        forward = projector.forward

        def spoilt(features):
            projector.forward = forward
            embedding = forward(features)
            if not self.backward:
                return embedding * torch.nan
            embedding.register_hook(lambda gradient: gradient * torch.nan)
            return embedding

        projector.forward = spoilt


@pytest.mark.parametrize("blockwise", [True, False], ids=["fused", "plain"])
@pytest.mark.parametrize("accumulated", [1, 2])
@pytest.mark.parametrize("backward", [False, True], ids=["embedding", "gradient"])
def test_nan_of_the_projector_is_told_with_its_own_step_and_rows(
    tmp_path, monkeypatch, backward, accumulated, blockwise
):
    spoil = SpoilProjector(batch=2 * accumulated, backward=backward)  # of the third step the first
    if blockwise:  # else so small a batch is scored in one piece
        monkeypatch.setattr("lightning_contrast.engine.contrast.TILE", 0)
    settings = (f"trainer.accumulate_grad_batches={accumulated}",)
    with pytest.raises(NotFinite, match=f"{'gradient' if backward else 'loss'} is n.* at step 3 "):
        fit(tmp_path, spoil, *settings, "datamodule.batch_size=8", "callbacks.last.every_n_steps=9")
    report = json.loads((tmp_path / "bad_batch.json").read_text())
    assert report["step"] == 3 and report["rows"] == spoil.rows
