"""conf/README.md is what its script writes, and its table of losses holds."""

import re
from functools import cache

import pytest
import torch
from pytorch_lightning import seed_everything

from lightning_contrast.build.parts import build_datamodule, build_module
from scripts.conf_readme import CONF, DATA, choices, page
from tests.made_pairs import write_scored
from tests.runs import composed, write_news

ALL = choices("recipe")
RECIPES = {kind: next(recipe for recipe in ALL if kind in recipe.data) for kind in DATA}
RECIPES["demonstrations"] = next(recipe for recipe in ALL if recipe.name == "policy_contrast")
LOSSES = choices("loss")
FITTING = [(kind, loss) for kind in DATA for loss in LOSSES if kind in loss.data]


def test_the_page_is_what_the_script_writes():
    written = (CONF / "README.md").read_text(encoding="utf-8")
    assert written == page(), "run: python scripts/conf_readme.py"


def test_every_choice_says_first_what_it_is():
    for file in CONF.glob("*/*.yaml"):
        lines = file.read_text(encoding="utf-8").splitlines()
        assert re.match(r"# \w", next(line for line in lines if "@package" not in line)), file


def test_every_loss_names_the_data_that_it_fits():
    for loss in LOSSES:
        assert loss.data, loss.name
        assert set(loss.data) <= set(DATA), loss.name


@pytest.fixture(scope="module")
def batches(tmp_path_factory):
    """For a kind of data: the overrides of its recipe, its data module, and its first batch."""
    folder = tmp_path_factory.mktemp("tables")
    head, *rows = write_news(folder / "labels.csv").read_text().splitlines()
    paired = [f"{head},answer", *(f"{row},answer to {row.split(',')[0]}" for row in rows)]
    (folder / "pairs.csv").write_text("\n".join(paired))

    @cache
    def of(kind):
        pairs = ["source.pair_column=answer"] if kind == "pairs" else []
        path = folder / ("pairs.csv" if pairs else "labels.csv")
        words = ["source=table", f"source.path={path}", *pairs, "datamodule.batch_size=24"]
        if kind == "scored":
            words[:2] = [f"source.path={write_scored(folder / 'scored.jsonl')}"]
        if kind == "moments":
            words[:2] = ["modality=moment"]
        if kind == "demonstrations":
            words[:2] = ["modality=image"]
        words += [f"recipe={RECIPES[kind].name}", "view=identity"]
        words += [f"candidates.teacher.folder={folder}"] if kind == "teacher" else []
        datamodule = build_datamodule(composed(*words))
        return words, datamodule, next(iter(datamodule.train_dataloader()))

    return of


@pytest.mark.parametrize(
    ("kind", "loss"), FITTING, ids=[f"{loss.name}-{kind}" for kind, loss in FITTING]
)
def test_a_loss_learns_from_the_data_that_it_fits(kind, loss, batches):
    words, datamodule, batch = batches(kind)
    wanted = re.findall(r"candidates[\w.]+=\w+", loss.paragraphs[0])  # as the page says
    bare = any(value.key == "loss.temperature" for value in RECIPES[kind].values)
    if bare and all(value.key != "temperature" for value in loss.values):
        wanted.append("~loss.temperature")  # this, too
    seed_everything(0, verbose=False)
    module = build_module(composed(*words, f"loss={loss.name}", *wanted), datamodule)
    module.log_dict = lambda *_, **__: None
    value = module.training_step(batch)
    value.backward()
    assert torch.isfinite(value)
    assert any(p.grad is not None and p.grad.any() for p in module.network.encoder.parameters())
