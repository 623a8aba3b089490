"""Negatives and positives that follow the embedding, in whole runs: workers, resume, ranks."""

import numpy as np
import pytest
from hydra.utils import get_object
from pytorch_lightning import Callback, seed_everything
from pytorch_lightning.callbacks import ModelCheckpoint

from lightning_contrast.build.parts import build_datamodule, build_module, build_trainer
from lightning_contrast.rows.refreshed import Refreshed
from lightning_contrast.sources.source import Source
from lightning_contrast.sources.table import Table
from lightning_contrast.testing.ranks import on_two_ranks
from tests.batches import by_role
from tests.choices import config, names
from tests.runs import composed, write_news

FOLLOWING = [
    (group, name)
    for group in ("negatives", "positives")
    for name in names(group)
    if hasattr(get_object(config(group, name)["_target_"]), "refresh")
]


class Watch(Callback):
    """Notes the rows of every batch that is trained on, and the state at the start of an epoch."""

    def __init__(self):
        self.rows, self.states = [], []

    def on_train_batch_start(self, trainer, module, batch, batch_idx):
        if batch_idx == 0:
            self.states.append({k: v.tolist() for k, v in state(trainer.datamodule).items()})
        rows = [part.index.tolist() for part in by_role(batch)]
        self.rows.append((trainer.current_epoch, batch_idx, *rows))


def state(datamodule):
    part = next(p for p in datamodule._parts.values() if isinstance(p, Refreshed))
    return part.state_dict()


def parts(group, name, news, **datamodule):
    """Data module and classifier of a small run."""
    recipe = "recipe=triplet_explicit"
    pairs = ["source.pair_column=text", "positives=paired"] if name == "near_captions" else []
    run = composed(recipe, "source=table", f"source.path={news}", f"{group}={name}", *pairs)
    run["datamodule"] |= {"batch_size": 20, **datamodule}
    run["trainer"] |= {"max_epochs": 4, "accelerator": "cpu"}
    run[group] |= {"last": 5} if "last" in config(group, name) else {}
    seed_everything(0, verbose=False)
    made = build_datamodule(run)
    return run, made, build_module(run, made)


def fit(folder, group, name, news, ckpt_path=None, **datamodule):
    run, made, module = parts(group, name, news, **datamodule)
    saving = ModelCheckpoint(folder, "{step}", every_n_train_steps=1, save_top_k=-1)
    watch = Watch()
    trainer = build_trainer(run, folder, [], [saving, watch])
    trainer.fit(module, made, ckpt_path=ckpt_path, weights_only=True)
    return watch


@pytest.fixture(scope="module")
def news(tmp_path_factory):
    return write_news(tmp_path_factory.mktemp("news") / "news.csv")


@pytest.fixture(scope="module", params=FOLLOWING, ids="-".join)
def whole(request, news, tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    return request.param, fit(folder, *request.param, news), folder


def test_every_epoch_draws_from_what_the_embedding_has_become(whole):
    _, watch, _ = whole
    assert len(watch.states) == 4
    assert all(one != next_ for one, next_ in zip(watch.states, watch.states[1:], strict=False))


def test_persistent_workers_see_what_the_main_process_refreshes(whole, news, tmp_path):
    choice, here, _ = whole
    there = fit(tmp_path, *choice, news, num_workers=2)
    assert there.rows == here.rows
    assert there.states == here.states


def test_a_run_resumed_in_mid_epoch_draws_as_the_one_that_was_not_stopped(whole, news):
    choice, watch, folder = whole
    step = next(i for i, row in enumerate(watch.rows) if row[:2] == (2, 2))
    resumed = fit(folder, *choice, news, ckpt_path=folder / f"step={step}.ckpt")
    assert resumed.rows == watch.rows[step:]
    assert resumed.states[-1] == watch.states[-1]


class Refreshing:
    """The state of every choice after a refresh, on one rank of two or alone."""

    def __init__(self, news):
        self.news = news

    def __call__(self, rank=0):
        states = []
        for group, name in FOLLOWING:
            _, datamodule, module = parts(group, name, self.news)
            datamodule.train_dataloader()
            datamodule.refresh(module.network, 1)
            states.append({k: v.numpy() for k, v in state(datamodule).items()})
        return states


@pytest.mark.slow
def test_two_ranks_come_to_what_one_comes_to(news, tmp_path):
    alone = Refreshing(news)()
    for rank in on_two_ranks(Refreshing(news), tmp_path):
        for found, expected in zip(rank, alone, strict=True):
            for key, value in expected.items():
                np.testing.assert_allclose(found[key], value, atol=1e-9)


class HalfLabelled(Source):
    """A source of texts, every other one without a label."""

    modality = "text"

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path

    def load(self):
        labelled = Table(self.path).load()
        known = np.arange(len(labelled.label)) % 2 == 0
        return labelled._replace(label=np.where(known, labelled.label, -1))


@pytest.mark.parametrize("name", ["random", "hard"])
def test_rows_without_a_label_train_with_explicit_negatives(name, news, tmp_path):
    source = {"_target_": f"{__name__}.HalfLabelled", "path": str(news)}
    run = composed("recipe=triplet_explicit", "positives=view", f"negatives={name}")
    run["source"], run["datamodule"]["batch_size"] = source, 20
    run["trainer"] |= {"max_epochs": 3, "accelerator": "cpu"}
    seed_everything(0, verbose=False)
    made = build_datamodule(run)
    module, watch = build_module(run, made), Labels()
    build_trainer(run, tmp_path, [], [watch]).fit(module, made)
    anchor, negative = (np.concatenate(column) for column in zip(*watch.seen, strict=True))
    assert ((anchor < 0) & (negative >= 0)).any() and ((anchor >= 0) & (negative < 0)).any()
    assert not ((anchor >= 0) & (anchor == negative)).any()


class Labels(Callback):
    """Notes the labels of anchors and of their one negative."""

    def __init__(self):
        self.seen = []

    def on_train_batch_start(self, trainer, module, batch, batch_idx):
        self.seen.append((batch.anchor.label.numpy(), batch.negative.label[:, 0].numpy()))
