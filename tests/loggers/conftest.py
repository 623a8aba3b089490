"""One sweep of two small runs, and what comes after a run, for all tests of dashboards."""

import os
from pathlib import Path

import pytest

from lightning_contrast.commands import evaluate, predict, train
from tests.runs import once, write_news


@pytest.fixture(scope="session")
def no_account(tmp_path_factory):
    """Nobody is logged in to W&B, and its folders are not the user's."""
    home = tmp_path_factory.mktemp("home")
    kept = {name: os.environ.get(name) for name in ("HOME", "NETRC", "WANDB_API_KEY", "WANDB_MODE")}
    os.environ |= {"HOME": str(home), "NETRC": str(home / "netrc")}
    for name in ("WANDB_API_KEY", "WANDB_MODE"):
        os.environ.pop(name, None)
    yield home
    for name, value in kept.items():
        os.environ.pop(name, None)
        if value is not None:
            os.environ[name] = value


@pytest.fixture(scope="session")
def sweep(tmp_path_factory, no_account):
    """The folder of ``train -m optimizer.lr=0.01,0.02``: jobs 0 and 1, logged in every way."""
    return once(tmp_path_factory, "sweeps", _swept) / "night"


def _swept(folder: Path) -> None:
    folder.mkdir()
    news = write_news(folder / "news.csv")
    words = ["source=table", f"source.path={news}", "datamodule.batch_size=20", "quiet=true"]
    words += ["trainer.max_epochs=1", "trainer.log_every_n_steps=1", "trainer.accelerator=cpu"]
    words += ["callbacks.health.every_n_steps=2", "logger=[csv,wandb,tensorboard]"]
    words += ["tags=[a]", "notes=first try", "optimizer.lr=1e-2,2e-2"]
    places = [f"hydra.sweep.dir={folder / 'night'}", "hydra.sweep.subdir=${hydra.job.num}"]
    train.main(["-m", *words, *places])


@pytest.fixture(scope="session")
def after(sweep, tmp_path_factory):
    """Folders of an evaluation and of predictions with the checkpoint of job 0."""
    folder = tmp_path_factory.mktemp("after")
    (folder / "texts.txt").write_text("w0x1 w0x2\nw1x3 w1x4\n")
    checkpoint = f"checkpoint={sweep / '0' / 'checkpoints' / 'best.ckpt'}"
    evaluated = [checkpoint, "logger=wandb", "quiet=true", f"hydra.run.dir={folder / 'evaluated'}"]
    evaluate.main(evaluated)
    (folder / "predicted").mkdir()
    output = f"output={folder / 'predicted' / 'labels.jsonl'}"
    predict.main(
        [checkpoint, f"input={folder / 'texts.txt'}", output, "logger=wandb", "quiet=true"]
    )
    return folder
