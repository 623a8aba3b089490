"""Every recipe takes steps on two ranks: no parameter waits for a gradient that never comes."""

import os
from pathlib import Path

import pytest
from pytorch_lightning import seed_everything

from lightning_contrast.build.parts import build_datamodule, build_module, build_trainer
from lightning_contrast.runtime.quiet import quieten
from lightning_contrast.testing.ranks import on_two_ranks
from tests.choices import CONF, names
from tests.made_captions import write_captions
from tests.made_pairs import write_scored
from tests.made_spans import write_spans
from tests.runs import composed, write_news


def text_of(recipe: str) -> str:
    return (CONF / "recipe" / f"{recipe}.yaml").read_text()


IMAGE = [name for name in names("recipe") if "view: strong" in text_of(name)]
DETECTING = [name for name in names("recipe") if name.startswith("detection")]
IMAGE += [*DETECTING, "curl", "policy_contrast", "reward_contrast"]
TAGGING = ["entities", "entities_few_shot"]
MIXED = ["clip", "siglip", "unicl", "lit"]
PAIRED = [name for name in names("recipe") if "/positives: paired" in text_of(name)]
SCORED = [name for name in names("recipe") if "/source: scored_pairs" in text_of(name)]
MAKERS = [name for name in names("recipe") if "module: generator" in text_of(name)]  # one process
ACTING = ["contrastive_rl", "contrastive_rl_actor"]  # one process
RECIPES = [name for name in names("recipe") if name not in (*IMAGE, *MIXED, *MAKERS, *ACTING)]


def steps(recipe: str, folder: Path) -> str:
    """What stopped three steps of a recipe; nothing did where it is empty."""
    modality = "image" if recipe in IMAGE else "text"
    words = [f"recipe={recipe}", "strategy=ddp", "datamodule.batch_size=12"]
    if recipe in MIXED:
        words += ["modality=mixed", f"source.path={folder / 'pictures' / 'captions.jsonl'}"]
        words += ["source.identity_column=id", "source.size=16"]
    elif recipe in TAGGING:
        words += ["source=spans", f"source.path={folder / 'spans.jsonl'}"]
    elif recipe in SCORED:
        words += [f"source.path={write_scored(folder / f'scored_{os.getpid()}.jsonl')}"]
    elif modality == "text":
        words += ["source=table", f"source.path={folder / 'news.csv'}"]
        words += ["source.pair_column=pair"] if recipe in PAIRED else []
        words += ["encoder.ngrams=2"] if recipe == "negclip" else []
    elif recipe in DETECTING:
        words += ["modality=image", "source.train=101", "source.validation=20", "source.test=2"]
        words += ["source.per_class=null", "start_from=null"]
    else:
        words += ["modality=image", "source.per_class=9"]
    config = composed(*words)
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
    return {recipe: steps(recipe, folder) for recipe in (*RECIPES, *IMAGE, *MIXED)}


@pytest.mark.slow
def test_every_recipe_takes_steps_on_two_ranks(tmp_path, monkeypatch):
    lines = write_news(tmp_path / "news.csv", rows=101).read_text().splitlines()
    answers = ["pair", *(" ".join(reversed(line.split(",")[0].split())) for line in lines[1:])]
    pairs = [f"{line},{answer}" for line, answer in zip(lines, answers, strict=True)]
    (tmp_path / "news.csv").write_text("\n".join(pairs))
    write_captions(tmp_path / "pictures", rows=101)
    write_spans(tmp_path / "spans.jsonl", rows=101)
    monkeypatch.setenv("FOLDER", str(tmp_path))
    for found in on_two_ranks(every_recipe, tmp_path):
        assert {recipe: line for recipe, line in found.items() if line} == {}
