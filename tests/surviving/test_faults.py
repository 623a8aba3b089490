"""What goes wrong around a run costs one clear line, and nothing that was saved."""

import os
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
import wandb
from PIL import Image
from pytorch_lightning import Callback

from lightning_contrast.errors.explain import explain
from lightning_contrast.files import images
from lightning_contrast.loggers import weights_and_biases
from lightning_contrast.loggers.continued import kept_run_id
from lightning_contrast.loggers.make import close_loggers
from lightning_contrast.loggers.weights_and_biases import wandb_logger
from lightning_contrast.training.resume import is_whole
from tests.runs import composed
from tests.surviving.broken_off import differing, fit
from tests.surviving.test_broken_off import prepared

NOBODY = 65534
FULL = "callbacks.last.every_n_steps=1"


class Before(Callback):
    """Does something before a step, or before a validation."""

    def __init__(self, step, action, validation=False):
        self.step, self.action, self.validation = step, action, validation

    def on_train_batch_start(self, trainer, module, batch, batch_idx):
        if trainer.global_step + 1 == self.step and not self.validation:
            self.action(module)

    def on_validation_start(self, trainer, module):
        if self.validation:
            self.action(module)


def line_of(run, folder, *callbacks):
    """The line that the command would print for what ends the run."""
    with pytest.raises(Exception) as caught:  # noqa: PT011 - of every kind
        fit(run, folder, None, *callbacks)
    line = explain(caught.value)
    assert line is not None and "\n" not in line
    return line


def steps_of_last(folder):
    last = folder / "checkpoints" / "last.ckpt"
    assert is_whole(last)
    assert sorted(p.name for p in last.parent.glob(".*")) == [], "no half file is left"
    return torch.load(last, weights_only=True)["global_step"]


def test_a_full_disk_leaves_the_checkpoint_before_and_the_run_goes_on_later(tmp_path):
    run = prepared(tmp_path, FULL)
    whole = fit(run, tmp_path / "whole")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    def full(module):
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))

    try:
        line = line_of(run, tmp_path / "run", Before(5, full))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "last.ckpt: File too large. Free some space" in line
    assert steps_of_last(tmp_path / "run") == 4
    assert differing(whole, fit(run, tmp_path / "run")) == []


def test_a_folder_that_becomes_read_only_is_named(tmp_path):
    run = prepared(tmp_path, FULL)
    folder = tmp_path / "run" / "checkpoints"
    own = os.geteuid()

    def lock(module):
        folder.chmod(0o555)
        if own == 0:  # root may write anywhere
            os.seteuid(NOBODY)

    try:
        line = line_of(run, tmp_path / "run", Before(5, lock))
    finally:
        os.seteuid(own)
        folder.chmod(0o755)
    assert "Permission denied" in line
    assert str(folder) in line
    assert steps_of_last(tmp_path / "run") == 4


@pytest.mark.filterwarnings("ignore:the embeddings have collapsed")  # they are of noise
def test_a_file_that_is_gone_in_mid_run_is_named_and_the_run_goes_on_when_it_is_back(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(images, "HELD", 0)  # each image is decoded whenever it is asked for
    photos = tmp_path / "photos"
    for row in range(24):
        path = photos / f"class {row % 2}" / f"{row}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.effect_noise((16, 16), 40 + row).save(path)
    run = composed(
        *("modality=image", "source=folder", f"source.path={photos}", "source.size=16"),
        *("sampler=shuffled", "datamodule.batch_size=4", "trainer.max_epochs=3", "logger=none"),
        *("trainer.accelerator=cpu", "quiet=true", "encoder.widths=[8,8,8]"),
    )
    whole = fit(run, tmp_path / "whole")
    away = tmp_path / "away"
    line = line_of(run, tmp_path / "run", Before(6, lambda module: photos.rename(away)))
    assert ".png is not there: put it back" in line
    assert steps_of_last(tmp_path / "run") == 6
    shutil.move(away, photos)
    assert differing(whole, fit(run, tmp_path / "run")) == []


@pytest.mark.parametrize(
    ("step", "setting"),
    [("training_step", "datamodule.batch_size"), ("validation_step", "datamodule.eval_batch_size")],
)
def test_out_of_memory_says_which_setting_to_lower(tmp_path, step, setting):
    def greedy(module):
        def too_much(*arguments):
            return torch.empty(2**48)

        too_much.__code__ = too_much.__code__.replace(co_name=step)
        setattr(module, step, too_much)

    line = line_of(prepared(tmp_path), tmp_path, Before(2, greedy, step == "validation_step"))
    assert line.startswith(f"out of memory in {'training' if 'train' in step else 'evaluation'}: ")
    assert f"lower {setting}" in line
    assert line.endswith("(1048576.0 GiB more were asked for)")


@pytest.fixture
def new_wandb():
    """W&B without what it remembers of the server that another test named."""
    wandb.teardown()
    yield
    wandb.teardown()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:W&B can't be reached")
@pytest.mark.usefixtures("new_wandb")
def test_an_unreachable_server_of_wandb_leaves_the_run_on_disk_under_one_id(tmp_path, monkeypatch):
    monkeypatch.setenv("WANDB_BASE_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("WANDB_API_KEY", "0" * 40)
    monkeypatch.setattr(weights_and_biases, "PATIENCE", 3.0)
    for _ in range(2):
        with pytest.warns(UserWarning, match="W&B can't be reached"):
            logger = wandb_logger(tmp_path, mode="online", run_id=kept_run_id(tmp_path))
        logger.log_metrics({"train/loss": 1.0}, 0)
        close_loggers([logger])
    kept = (tmp_path / "wandb_run_id").read_text()
    offline = [path.name for path in Path(tmp_path / "wandb").glob("offline-run-*")]
    assert len(offline) == 2 or len({name[-8:] for name in offline}) == 1
    assert all(name.endswith(kept) for name in offline)


@pytest.mark.slow
@pytest.mark.usefixtures("new_wandb")
def test_a_server_of_wandb_that_goes_away_in_mid_run_does_not_hold_the_run_up(
    tmp_path, monkeypatch, capfd
):
    stand_in = Path(__file__).with_name("wandb_server.py")
    with subprocess.Popen([sys.executable, stand_in], stdout=subprocess.PIPE, text=True) as server:
        try:
            address = f"http://127.0.0.1:{server.stdout.readline().strip()}"
            monkeypatch.setenv("WANDB_BASE_URL", address)
            monkeypatch.setenv("WANDB_API_KEY", "0" * 40)
            monkeypatch.setattr(weights_and_biases, "LEAVE", 3.0)
            logger = wandb_logger(tmp_path, mode="online")
        finally:
            server.kill()
    for step in range(50):
        logger.log_metrics({"train/loss": 1.0}, step)
    close_loggers([logger])
    assert "Use `wandb sync`" in capfd.readouterr().err
    (kept,) = (tmp_path / "wandb").glob("run-*/run-*.wandb")
    last = time.monotonic() + 120  # W&B's own process writes it, on a busy machine later
    while kept.stat().st_size <= 2000 and time.monotonic() < last:
        time.sleep(0.2)
    assert kept.stat().st_size > 2000
