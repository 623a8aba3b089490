"""The map from other libraries: no public class is missing, and every choice in it exists."""

import importlib
import inspect
from pathlib import Path

import pytest
import yaml

from scripts.conf_readme import CONF, PEERS, SETTING
from tests.runs import composed

MAP = yaml.safe_load(PEERS.read_text(encoding="utf-8"))
PACKAGES = {
    "pytorch-metric-learning": "pytorch_metric_learning",
    "sentence-transformers": "sentence_transformers.sentence_transformer",
}
BY_VERSION = yaml.safe_load(
    Path(__file__).with_name("peer_classes.yaml").read_text(encoding="utf-8")
)
PARTS = [(library, part) for library in PACKAGES for part in MAP[library]]
TEXTS = sorted(
    {text for parts in MAP.values() for part in parts.values() for text in part.values()}
)
SETTINGS = sorted({setting for text in TEXTS for setting in SETTING.findall(text)})
BESIDE = {  # what stands beside a value of a choice that is not the default one
    "candidates.teacher.as_candidates": ["candidates=[teacher]"],
    "loss.power": ["loss=pair_margin"],
    "loss.average_over": ["recipe=triplet_hard"],
    "loss.triplets": ["recipe=triplet_hard"],
    "loss.by_class": ["loss=margin"],
    "loss.nu": ["loss=margin"],
    "loss.soft": ["recipe=triplet_hard", "miner=hardest"],
    "loss.per_class": ["loss=soft_triple"],
    "miner.k": ["miner=top_k_negatives"],
}


@pytest.mark.parametrize(("library", "part"), PARTS, ids="-".join)
def test_every_public_class_of_a_library_is_named_once(library, part):
    module = importlib.import_module(f"{PACKAGES[library]}.{part}")
    public = {name for name, found in inspect.getmembers(module, inspect.isclass)}
    assert set(MAP[library][part]) == public


@pytest.mark.parametrize("library", BY_VERSION)
def test_every_public_class_of_a_library_that_is_not_installed_is_named(library):
    for part, public in BY_VERSION[library].items():
        if part != "version":
            assert set(public) <= set(MAP[library][part])


def test_every_part_of_pytorch_metric_learning_is_mapped():
    parts = {"losses", "miners", "samplers", "reducers", "distances", "regularizers"}
    assert set(MAP["pytorch-metric-learning"]) == parts


@pytest.mark.parametrize("setting", SETTINGS)
def test_every_choice_and_value_of_the_map_exists(setting):
    group, _, name = setting.partition("=")
    if (CONF / group).is_dir():
        for choice in name.strip("[]").split(","):
            assert (CONF / group / f"{choice}.yaml").exists()
    else:
        beside = BESIDE.get(group, [])
        composed(*beside, setting)


def test_what_is_missing_is_said_with_a_reason():
    for text in TEXTS:
        if text.startswith("not here"):
            assert text.startswith(("not here, because ", "not here, so ", "not here; ")), text
        else:
            assert (
                SETTING.search(text)
                or text.startswith(("always", "a loss", "a miner"))
                or ("unit vectors" in text)
            ), text
