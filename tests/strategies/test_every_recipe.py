"""Every recipe takes steps on two ranks: no parameter waits for a gradient that never comes."""

import os
from pathlib import Path

import pytest
from pytorch_lightning import seed_everything

from lightning_contrast.build.parts import build_datamodule, build_module, build_trainer
from lightning_contrast.runtime.quiet import quieten
from lightning_contrast.testing.ranks import on_two_ranks
from tests.recipes import LEARNING, words, write_rows
from tests.runs import composed


def steps(recipe: str, folder: Path) -> str:
    """What stopped three steps of a recipe; nothing did where it is empty."""
    config = composed(*words(recipe, folder), "strategy=ddp")
    config["trainer"] |= {"max_steps": 3, "max_epochs": -1, "accelerator": "cpu"}
    quieten()
    seed_everything(0, verbose=False)
    datamodule = build_datamodule(config)
    module = build_module(config, datamodule)
    try:
        build_trainer(config, folder, [], []).fit(module, datamodule)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return ""


def every_recipe(number: int) -> dict[str, str]:
    os.environ |= {"LOCAL_RANK": str(number), "WORLD_SIZE": "2"}
    folder = Path(os.environ["FOLDER"])
    return {recipe: steps(recipe, folder) for recipe in LEARNING}


@pytest.mark.slow
def test_every_recipe_takes_steps_on_two_ranks(tmp_path, monkeypatch):
    write_rows(tmp_path)
    monkeypatch.setenv("FOLDER", str(tmp_path))
    for found in on_two_ranks(every_recipe, tmp_path):
        assert {recipe: line for recipe, line in found.items() if line} == {}
