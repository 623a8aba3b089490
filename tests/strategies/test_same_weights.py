"""Two processes have the weights and the metrics of one process with the joined batch."""

import os
from pathlib import Path
from typing import Any

import pytest
import torch
from pytorch_lightning import seed_everything

from lightning_contrast.build.parts import build_datamodule, build_module, build_trainer
from lightning_contrast.runtime.quiet import quieten
from lightning_contrast.testing.ranks import on_two_ranks
from tests.made_captions import write_captions
from tests.runs import composed, write_news

STEPS = 10
# No batch norm, dropout or view that draws: what differs must be the processes alone.
ALIKE = (
    "datamodule.eval_batch_size=4 view=identity sampler=shuffled sampler.drop_last=false "
    "optimizer.lr=0.001"
)
NEWS = "source=table source.path={folder}/news.csv encoder.dropout=0"
PICTURES = (
    "source=captioned source.path={folder}/pictures/captions.jsonl source.identity_column=id "
    "source.caption_columns=[title] source.label_column=label source.size=16 head=linear "
    "encoder.towers.text.dropout=0"
)
CASES = {
    "supcon": "recipe=supcon",
    "simclr with queue": "recipe=simclr projector=linear candidates=[in_batch,queue] "
    "candidates.queue.size=96",
    "triplet with miner": "recipe=triplet_hard",
    "proxies": "recipe=proxy_anchor",
    "pictures and captions": "modality=mixed recipe=lit",  # a locked tower: no batch norm learns
    "fully sharded": "recipe=supcon projector=mlp encoder=transformer "
    "encoder.width=16 encoder.heads=2 encoder.feedforward=16",
}


def trained(words: str, folder: Path, ranks: int) -> dict[str, Any]:
    """Weights, validation metrics and batch sizes after ten steps in float64."""
    rows = PICTURES if "modality=mixed" in words else NEWS
    overrides = [*ALIKE.split(), *rows.format(folder=folder).split(), *words.split()]
    overrides.append(f"datamodule.batch_size={24 // ranks}")
    several = "fsdp" if "transformer" in words else "ddp"
    config = composed(*overrides, f"strategy={several if ranks > 1 else 'single'}")
    config["trainer"] |= {"max_steps": STEPS, "max_epochs": -1, "accelerator": "cpu"}
    config["trainer"] |= {"precision": "64-true"}
    quieten()
    seed_everything(0, verbose=False)
    datamodule = build_datamodule(config)
    module = build_module(config, datamodule).double()
    trainer = build_trainer(config, folder, [], [])
    trainer.fit(module, datamodule)
    assert trainer.global_step == STEPS
    trainer.validate(module, datamodule, verbose=False)
    metrics = {name: float(value) for name, value in trainer.callback_metrics.items()}
    counted = int(module.metrics["accuracy"].update_count)
    sizes = [len(draw.index) for draw in datamodule.train_dataloader().sampler]
    weights = {name: value for name, value in module.state_dict().items() if "weight" in name}
    return {"weights": weights, "metrics": metrics, "sizes": sizes, "batches": counted}


def every_case(number: int) -> dict[str, Any]:
    os.environ |= {"LOCAL_RANK": str(number), "WORLD_SIZE": "2"}  # so that nobody starts ranks
    folder = Path(os.environ["FOLDER"])
    return {name: trained(words, folder, 2) for name, words in CASES.items()}


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ranks")
    write_news(folder / "news.csv", rows=101)
    write_captions(folder / "pictures", rows=101)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FOLDER", str(folder))
        return folder, on_two_ranks(every_case, folder)


@pytest.mark.parametrize("name", CASES)
def test_ten_steps_on_two_ranks_end_with_the_weights_of_one_process(name, two):
    folder, ranks = two
    one = trained(CASES[name], folder, 1)
    parts = zip(*(rank[name]["sizes"] for rank in ranks), strict=True)
    assert [sum(part) for part in parts] == one["sizes"]
    assert one["sizes"][-1] % 2 == 1, "the last batch of an epoch can't be halved"
    for rank in ranks:
        found = rank[name]
        assert found["metrics"] == pytest.approx(one["metrics"], abs=1e-6)
        for key, value in one["weights"].items():
            torch.testing.assert_close(found["weights"][key], value, rtol=0, atol=1e-8)
