"""Parts that follow the embedding: when they are shown it, what they see, and how they resume."""

import numpy as np
import torch
from pytorch_lightning import seed_everything
from pytorch_lightning.callbacks import ModelCheckpoint

from lightning_contrast.build.parts import build_datamodule, build_module, build_trainer
from lightning_contrast.data.refresh import embed_rows
from lightning_contrast.positives.none import NoPositives
from lightning_contrast.rows.refreshed import Refreshed
from tests.runs import composed, write_news

FOLLOWING = {"_target_": "tests.data.test_refresh.Following", "refresh_every": 2}


class Following(NoPositives, Refreshed):
    """Positives that note what they are shown."""

    def __init__(self, labels: np.ndarray, refresh_every: int) -> None:
        self.labels, self.refresh_every = labels, refresh_every
        self.seen: dict[str, list] = {"epoch": [], "sum": []}

    def refresh(self, embedded, epoch):
        assert embedded.label.tolist() == self.labels.tolist()
        self.seen["epoch"].append(epoch)
        self.seen["sum"].append(float(embedded.embedding.double().sum()))

    def state_dict(self):
        return {"seen": self.seen}

    def load_state_dict(self, state):
        self.seen = state["seen"]


def fit(folder, ckpt_path=None):
    run = composed("source=table", f"source.path={write_news(folder / 'news.csv')}")
    run["trainer"] |= {"max_epochs": 5, "accelerator": "cpu"}
    seed_everything(0, verbose=False)
    datamodule = build_datamodule(run | {"positives": FOLLOWING})
    module = build_module(run, datamodule)
    saving = ModelCheckpoint(folder / "kept", "{step}", every_n_train_steps=1, save_top_k=-1)
    trainer = build_trainer(run, folder, [], [saving])
    trainer.fit(module, datamodule, ckpt_path=ckpt_path, weights_only=True)
    return datamodule._parts["positives"].seen, module, datamodule


def test_a_part_sees_the_training_rows_every_so_many_epochs_and_a_resumed_run_remembers(tmp_path):
    seen, *_ = fit(tmp_path)
    assert seen["epoch"] == [2, 4]
    assert seen["sum"][0] != seen["sum"][1], "the embedding has moved"
    resumed, *_ = fit(tmp_path, ckpt_path=tmp_path / "kept" / "step=3.ckpt")  # in epoch 2 or later
    assert resumed == seen


def test_embedding_changes_neither_the_modes_nor_the_random_numbers(tmp_path):
    _, module, datamodule = fit(tmp_path)
    network = module.network.train()
    network.head.eval()
    before = torch.get_rng_state()
    embedded = embed_rows(network, datamodule, datamodule.splits.train)
    assert torch.equal(before, torch.get_rng_state())
    assert network.encoder.training and not network.head.training
    assert embedded.index.tolist() == datamodule.splits.train.tolist()
