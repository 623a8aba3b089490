"""A run with a queue and a momentum encoder that is stopped goes on where it was."""

import pytest
import torch
from pytorch_lightning import seed_everything
from pytorch_lightning.callbacks import ModelCheckpoint

from lightning_contrast.build.parts import build_datamodule, build_module, build_trainer
from tests.runs import composed, write_news

MOCO = [
    *("source=table", "candidates=[momentum,queue]", "candidates.queue.size=50", "positives=view"),
    *("pairing=instance", "loss=info_nce", "module.symmetric=false"),
    *("candidates.momentum.momentum=0.8", "candidates.momentum.final_momentum=1.0"),
    *("sampler=shuffled", "datamodule.batch_size=20", "optimizer.lr=0.02"),
]


MADE = [
    *("source=table", "candidates=[in_batch,queue,adversarial,generated]", "negatives=mixed"),
    *("candidates.queue.size=50", "sampler=shuffled", "datamodule.batch_size=20"),
    *("optimizer.lr=0.02", "candidates.generated.hidden=16"),
]


def fit(folder, overrides, ckpt_path=None):
    run = composed(*overrides, f"source.path={write_news(folder / 'news.csv')}")
    run["trainer"] |= {"max_epochs": 3, "accelerator": "cpu"}
    seed_everything(0, verbose=False)
    datamodule = build_datamodule(run)
    module = build_module(run, datamodule)
    saving = ModelCheckpoint(folder / "kept", "{step}", every_n_train_steps=1, save_top_k=-1)
    trainer = build_trainer(run, folder, [], [saving])
    trainer.fit(module, datamodule, ckpt_path=ckpt_path, weights_only=True)
    return module.state_dict(), trainer.global_step


@pytest.mark.parametrize("overrides", [MOCO, MADE], ids=["moco", "made"])
def test_weights_queue_and_momentum_encoder_are_those_of_the_run_that_was_not_stopped(
    tmp_path, overrides
):
    whole, steps = fit(tmp_path, overrides)
    # After four batches of 20 rows the queue of 50 writes next in its middle.
    resumed, others = fit(tmp_path, overrides, ckpt_path=tmp_path / "kept" / "step=4.ckpt")
    assert steps == others == 9
    for name, value in whole.items():
        if isinstance(value, torch.Tensor):
            assert torch.equal(resumed[name], value), name
        else:
            assert resumed[name] == value and value.get("filled", 50) == 50
            assert value["steps"] == 9
