"""Which weights best.ckpt holds where the watched figure is missing."""

import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

from lightning_contrast.callbacks.best_checkpoint import BestCheckpoint
from lightning_contrast.callbacks.early_stopping import EarlyStop
from tests.callbacks.tiny import Tiny, trainer

NAN = float("nan")


@pytest.mark.parametrize(
    ("scores", "epoch"),
    [((), 2), ((NAN, NAN, NAN), 2), ((0.5, 0.9, 0.2), 1), ((NAN, 0.9, 0.2), 1)],
    ids=["none", "undefined", "all", "undefined at first"],
)
def test_without_a_score_the_last_weights_are_the_best(scores, epoch, tmp_path, quiet, recwarn):
    rows = DataLoader(TensorDataset(torch.randn(4, 2)), batch_size=2)
    watch = {"monitor": "validation/accuracy", "mode": "max"}
    best = BestCheckpoint(
        tmp_path, "best", **watch, save_on_train_epoch_end=False, enable_version_counter=False
    )
    trainer([best, EarlyStop(**watch)], epochs=3).fit(Tiny(*scores), rows, rows)
    kept = torch.load(tmp_path / "best.ckpt", weights_only=True)
    assert kept["epoch"] == epoch and len(list(tmp_path.glob("*.ckpt"))) == 1
    lines = [str(line.message) for line in recwarn if "can't be computed" in str(line.message)]
    assert len(lines) == (not scores or scores[0] != scores[0])
