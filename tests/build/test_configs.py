"""Every YAML holds its class's arguments; every recipe composes and takes steps on real rows."""

import inspect
from pathlib import Path

import pytest
import torch
from hydra.utils import get_object
from pytorch_lightning import seed_everything

from lightning_contrast.build.parts import build_datamodule, build_module, build_trainer
from lightning_contrast.config.construct import construct
from lightning_contrast.config.description import describe
from lightning_contrast.modules.checkpoint import pack
from lightning_contrast.runtime.quiet import quieten
from tests.choices import CONF, config, names
from tests.made_captions import write_captions
from tests.made_pairs import write_scored
from tests.made_spans import write_spans
from tests.runs import composed, write_news

DERIVED = {
    "encoder": {"vocabulary_size", "padding_index", "spaceless", "channels", "image_size", "size"}
    | {"channel_mean", "channel_std", "observation", "actions", "goal"},
    "projector": {"in_features"},
    "head": {"in_features", "classes", "sets", "names", "vocabulary_size", "observation", "goal"},
    "generator": {"channels", "size", "classes"},
    "loss": {"embedding_size", "classes"},
    "candidates": {"embedding_size", "classes", "pairing"},
    "sampler": {
        "labels",
        "lengths",
        "groups",
        "classes",
        "content",
        "batch_size",
        "seed",
        "rank",
        "world_size",
    },
    "positives": {"labels", "identity", "partners", "crops", "ends", "alike"},
    "negatives": {"labels", "texts", "quiet", "pairing", "embedding_size"}
    | {"partners", "identity"},
    "source": set(),
    "environment": set(),
    "distribution": set(),
    "view": set(),
    "mix": set(),
    "unit": {"names"},
    "pairing": {"sets", "depths", "scores", "actions", "ends", "groups"},
    "miner": {"embedding_size"},
    "regulariser": set(),
    "schedule": set(),
    "protocols": set(),
    "decoding": set(),
}
CHOICES = [(group, name) for group in DERIVED for name in names(group)]


@pytest.mark.parametrize(("group", "name"), CHOICES, ids=lambda value: value)
def test_a_yaml_lists_every_argument_of_its_class_with_its_default(group, name):
    values = config(group, name)
    parameters = inspect.signature(get_object(values.pop("_target_"))).parameters
    asked = {n for n, p in parameters.items() if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)}
    assert set(values) == asked - DERIVED[group]
    first = (CONF / group / f"{name}.yaml").read_text().splitlines()[0]
    assert first.startswith("# "), "the first line says what it is"


def test_every_group_of_the_package_has_a_folder_of_choices():
    assert set(DERIVED) < {folder.name for folder in CONF.iterdir() if folder.is_dir()}


@pytest.fixture(scope="module")
def news(tmp_path_factory) -> Path:
    return write_news(tmp_path_factory.mktemp("news") / "news.csv")


WITH_STRONG_VIEWS = {  # of images
    name
    for name in names("recipe")
    if "/view: strong" in (CONF / "recipe" / f"{name}.yaml").read_text()
}
ORDERED = {"negclip"}  # its negatives differ in the order of words
PAIRED = {"paired", "clip", "siglip", "unicl"} | ORDERED  # the table has two columns
TAGGING = {"entities", "entities_few_shot"}  # of texts with spans
DETECTING = {"detection", "detection_contrast", "detection_few_shot"}  # of images with boxes
CELLS = {"dense"}  # of images alone
TOWERS = {"lit"}  # of pictures and texts alone
WRITING = {"language_model", "simctg"}  # of texts
MAKERS = {"gan_projection", "contragan", "reacgan"}  # of images: no classifier
ACTING = {"contrastive_rl", "contrastive_rl_actor"}  # of moments
TRANSLATING = {"translation", "multilingual_distillation"}  # texts in pairs, without labels
SCORED = {"graded"}  # texts in pairs, with a score
TAUGHT = {
    name
    for name in names("recipe")
    if "/candidates: [teacher" in (CONF / "recipe" / f"{name}.yaml").read_text()
}
OF_TEXTS = PAIRED | TOWERS | TAGGING | TRANSLATING | SCORED | WRITING
IMITATING = {"curl", "policy_contrast", "reward_contrast"}  # of pictures, labelled with actions
OF_IMAGES = MAKERS | DETECTING | CELLS | IMITATING
OF_NO_TEXTS = TOWERS | OF_IMAGES | ACTING
TEXTS = [("text", name) for name in names("recipe") if name not in OF_NO_TEXTS]
IMAGES = [("image", name) for name in names("recipe") if name not in OF_TEXTS | ACTING]
RECIPES = [*TEXTS, *IMAGES]
RECIPES += [("mixed", name) for name in sorted(PAIRED | TOWERS)]
RECIPES += [("moment", name) for name in sorted(ACTING)]
SECOND = {  # of a recipe for both modalities, the one that it is less often used with
    (modality, name)
    for modality, name in RECIPES
    if {("text", name), ("image", name)} <= {*RECIPES}
    and modality == ("text" if name in WITH_STRONG_VIEWS else "image")
}


def write_teacher(path: Path, *overrides: str) -> list[str]:
    """An untrained network as a checkpoint, and what makes it the teacher of a run."""
    run = composed(*overrides)
    network = build_module(run, build_datamodule(run)).network
    saved = {"state_dict": {f"network.{k}": v for k, v in network.state_dict().items()}}
    pack(network, saved)
    torch.save(saved, path)
    of = [f"candidates.teacher.model='{path}'", "candidates.teacher.folder=null"]
    return [*of, f"projector.out_features={network.projector.out_features}"]


@pytest.mark.parametrize(
    ("modality", "recipe"),
    [pytest.param(*each, marks=[pytest.mark.slow] if each in SECOND else []) for each in RECIPES],
)
def test_every_recipe_takes_steps_that_change_the_encoder(modality, recipe, news, tmp_path):
    if modality == "mixed":
        path = write_captions(tmp_path / "pictures", rows=90)
        source = [f"source.path={path}", "source.identity_column=id", "source.size=16"]
        source += ["source.label_column=label", "head=linear"]
    elif recipe in TAGGING:
        source = ["source=spans", f"source.path={write_spans(tmp_path / 'spans.jsonl', 120)}"]
    elif recipe in SCORED:
        source = [f"source.path={write_scored(tmp_path / 'scored.jsonl')}"]
    elif recipe in TRANSLATING:
        source = [f"source.path={news}", "source=parallel", "source.pair_column=text"]
        source += ["source.text_column=text"]
    elif modality == "text":
        source = [f"source.path={news}", "source=table"]
        source += ["source.pair_column=text"] if recipe in PAIRED else []
    elif recipe in DETECTING:
        source = ["source.train=60", "source.validation=20", "source.test=2"]
        source += ["source.per_class=null", "start_from=null"]
    else:
        source = ["source.per_class=9"] if modality == "image" else []
        source = ["trainer.check_val_every_n_epoch=1"] if recipe in IMITATING else source
    source += ["view=eda"] if modality == "text" and recipe in WITH_STRONG_VIEWS else []
    if recipe in ORDERED:
        source += [f"encoder.{'towers.text.' if modality == 'mixed' else ''}ngrams=2"]
    if recipe in TAUGHT:
        rows = ["source=table", source[0]] if modality == "text" else source
        source += write_teacher(tmp_path / "teacher.ckpt", f"modality={modality}", *rows)
    run = composed(f"modality={modality}", f"recipe={recipe}", "datamodule.batch_size=20", *source)
    run["trainer"] |= {"max_epochs": 1, "limit_train_batches": 3, "accelerator": "cpu"}
    seed_everything(0, verbose=False)
    datamodule = build_datamodule(run)
    module = build_module(run, datamodule)
    before = {name: p.clone() for name, p in module.network.encoder.named_parameters()}
    trainer = build_trainer(run, tmp_path, [], [])
    quieten()  # of a locked tower Lightning says that it is in eval mode
    trainer.fit(module, datamodule)
    assert trainer.global_step == 3
    if recipe not in TRANSLATING | SCORED | ACTING | CELLS:
        losses = MAKERS | WRITING | DETECTING
        metric = "validation/loss" if recipe in losses else "validation/accuracy"
        assert trainer.callback_metrics[metric] >= 0
    moved = [
        n for n, p in module.network.encoder.named_parameters() if not torch.equal(p, before[n])
    ]
    assert moved, "no parameter of the encoder moved"
    assert module.modality == module.network.modality == modality
    assert construct(describe(module.network)).classes == module.network.classes


def test_a_command_line_choice_beats_the_recipe_and_the_recipe_beats_the_modality():
    assert composed("recipe=simclr", "modality=image")["view"]["jitter"] == 0.8
    assert composed("recipe=simclr", "modality=image", "view=weak")["view"]["jitter"] == 0.0
    assert composed("recipe=simclr", "modality=image", "loss.temperature=0.7")["loss"] == {
        "_target_": "lightning_contrast.losses.info_nce.InfoNCE",
        "temperature": 0.7,
        "margin": 0.0,
    }
