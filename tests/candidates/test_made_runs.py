"""Runs with made negatives, composed as the command line does."""

import pytest
import torch
from pytorch_lightning import seed_everything

from lightning_contrast.build.lists import build_candidates
from lightning_contrast.build.parts import build_datamodule, build_module, build_trainer
from lightning_contrast.config.description import describe
from lightning_contrast.encoders.bag import Bag
from lightning_contrast.encoders.transformer import Transformer
from lightning_contrast.errors import InputError
from lightning_contrast.negatives.random import RandomNegatives
from lightning_contrast.pairings.label import Label
from tests.candidates.makers import MAKERS, maker
from tests.choices import build, run_of
from tests.runs import composed

IMAGES = ("modality=image", "source.per_class=9", "datamodule.batch_size=20")
INPUT = ("candidates=[momentum,queue,adversarial]", "candidates.adversarial.space=input")
RUNS = [(f"negatives={name}", f"recipe={recipe}") for name in MAKERS for recipe in ("moco", "xbm")]
RUNS += [("negatives=random", "recipe=moco", *INPUT)]
RUNS += [("negatives=generated", "recipe=supcon", "trainer.grad_cache=7")]
RUNS += [("negatives=mixed", "recipe=triplet_hard", "trainer.precision=bf16-mixed")]


def fitted(folder, *overrides):
    run = composed(*IMAGES, *overrides)
    run["trainer"] |= {"max_epochs": 1, "limit_train_batches": 3, "accelerator": "cpu"}
    seed_everything(0, verbose=False)
    datamodule = build_datamodule(run)
    module = build_module(run, datamodule)
    before = {name: p.clone() for name, p in module.named_parameters()}
    build_trainer(run, folder, [], []).fit(module, datamodule)
    return module, {n for n, p in module.named_parameters() if not torch.equal(p, before[n])}


@pytest.mark.parametrize("overrides", RUNS, ids=" ".join)
def test_every_way_to_ask_for_them_takes_steps(overrides, tmp_path):
    module, moved = fitted(tmp_path, *overrides)
    assert any(name.startswith("network.encoder.") for name in moved)
    assert all(p.isfinite().all() for p in module.parameters())
    networks = {n for n, p in module.candidates.named_parameters() if p.requires_grad}
    assert {f"candidates.{name}" for name in networks} <= moved
    assert bool(networks) == ("negatives=generated" in overrides)
    assert describe(module)["candidates"]["_target_"].endswith("Joined")


def test_as_negatives_they_join_whatever_the_recipe_has_as_candidates():
    derived = {"pairing": Label(), "embedding_size": 4, "classes": 3}
    for recipe, names in (("supcon", ["in_batch"]), ("moco", ["momentum", "queue"])):
        run = composed("modality=image", f"recipe={recipe}", "negatives=mixed", "negatives.count=3")
        parts = build_candidates(run, **derived).parts
        assert list(parts) == [*names, "negatives"] and parts["negatives"].count == 3


def test_as_candidates_they_stand_beside_drawn_negatives():
    run = composed("negatives=cross_class", "candidates=[in_batch,adversarial]")
    assert run["negatives"]["k"] == 1 and run["candidates"]["adversarial"]["steps"] == 3


INPUTS = {"candidates": maker("adversarial", space="input"), "negatives": RandomNegatives}
DRAWN = {"arguments": {"negatives": {"k": 1}}}
REFUSED = {
    "on-prototypes": (
        {"candidates": maker("mixed"), "loss": build("loss", "arc_face")},
        "set negatives=in_batch candidates=prototypes",
    ),
    "none-drawn": (INPUTS, "set negatives=cross_class candidates=[in_batch,adversarial]"),
    "grad-cache": (INPUTS | DRAWN | {"grad_cache": 8}, "set trainer.grad_cache=null"),
    "no-token-table": (
        INPUTS | DRAWN | {"encoder": Bag},
        "set candidates.adversarial.space=embedding, or encoder=",
    ),
}


@pytest.mark.parametrize(("parts", "words"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_made_is_refused_before_the_first_step(parts, words):
    run = run_of(**parts)
    with pytest.raises(InputError) as caught:
        run.candidates.check(run)
    assert words in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "parts",
    [
        INPUTS | DRAWN | {"encoder": Transformer},
        {"candidates": maker("generated"), "encoder": Bag, "grad_cache": 8},
    ],
    ids=["inputs", "embeddings"],
)
def test_what_can_be_made_is_accepted(parts):
    run = run_of(**parts)
    run.candidates.check(run)
