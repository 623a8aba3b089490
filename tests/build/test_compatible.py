"""Parts that can not serve each other are refused before the first step, with the mend."""

import pytest

from lightning_contrast.build.checks import STAND_IN, check_parts
from lightning_contrast.candidates.in_batch import InBatch
from lightning_contrast.candidates.momentum import Momentum
from lightning_contrast.candidates.prototypes import Prototypes
from lightning_contrast.candidates.queue import Queue
from lightning_contrast.candidates.store import Joined
from lightning_contrast.config.construct import construct
from lightning_contrast.errors import InputError
from lightning_contrast.pairings.drawn import Drawn
from lightning_contrast.pairings.instance import Instance
from lightning_contrast.pairings.label import Label
from lightning_contrast.positives.none import NoPositives
from lightning_contrast.positives.view import ViewPositives
from tests.choices import build, config, names, run_of
from tests.runs import composed


def check(**parts):
    run = run_of(**parts)
    for part in (run.pairing, run.miner, run.loss, run.candidates):
        part.check(run)


def loss(name, **settings):
    return construct(config("loss", name) | settings, classes=5, embedding_size=4)


def queue(size):
    return Queue(size, embedding_size=4)


REFUSED = {
    "small-queue": (
        {"candidates": Joined({"in_batch": InBatch(), "queue": queue(8)})},
        "queue.size must be at least the 16 rows of a batch, got 8: set candidates.queue.size=64",
    ),
    "momentum-without-positives": (
        {"candidates": Momentum(), "pairing": Label(), "positives": NoPositives},
        "encodes the positives drawn for the rows, and none are drawn: set positives=view",
    ),
    "no-prototypes": ({"loss": loss("arc_face")}, "on prototypes alone: set candidates=prototypes"),
    "prototypes-and-more": (
        {
            "loss": loss("arc_face"),
            "candidates": Joined({"in_batch": InBatch(), "prototypes": Prototypes(5, 4)}),
        },
        "on prototypes alone",
    ),
    "prototypes-as-candidates": (
        {"loss": loss("proxy_anchor"), "candidates": Prototypes(5, 4)},
        "set candidates.prototypes.as_anchors=true",
    ),
    "prototypes-as-anchors": (
        {"loss": loss("cos_face"), "candidates": Prototypes(5, 4, as_anchors=True)},
        "set candidates.prototypes.as_anchors=false",
    ),
    "another-number": (
        {"loss": loss("soft_triple"), "candidates": Prototypes(5, 4, per_class=2)},
        "expects 10 prototypes a class, candidates.prototypes.per_class is 2",
    ),
    "prototypes-by-instance": (
        {"candidates": Prototypes(5, 4), "pairing": Instance()},
        "set pairing=label",
    ),
    "sums-without-positives": (
        {
            "loss": loss("angular"),
            "pairing": Drawn(),
            "positives": ViewPositives,
            "arguments": {"positives": {"views": 3}},
        },
        "the one positive drawn for it: set pairing=drawn, and positives=same_class",
    ),
    "instances-without-views": (
        {"pairing": Instance(), "positives": NoPositives},
        "Instance needs a positive drawn for each row, and positives NoPositives draws none",
    ),
    "triplets-without-negatives": (
        {"pairing": build("pairing", "explicit")},
        "needs a negative drawn for each row, and negatives InBatchNegatives draws none",
    ),
    "joined-momentum-without-positives": (
        {
            "candidates": Joined({"momentum": Momentum(), "queue": queue(16)}),
            "positives": NoPositives,
        },
        "candidates Momentum encodes the positives drawn for the rows, and none are drawn",
    ),
    "sums-by-label": ({"loss": loss("angular")}, "set pairing=drawn"),
    "soft-triplets-without-a-miner": (
        {"loss": loss("triplet_margin", soft=True)},
        "scores one triplet an anchor, and miner KeepAll leaves more: set miner=hardest",
    ),
    "sums-for-another-loss": (
        {"miner": build("miner", "angular")},
        "which loss SupCon can't score: set loss=angular",
    ),
}


@pytest.mark.parametrize(("parts", "words"), REFUSED.values(), ids=REFUSED)
def test_parts_that_cannot_serve_each_other_are_refused(parts, words):
    with pytest.raises(InputError) as caught:
        check(**parts)
    assert words in str(caught.value) and "\n" not in str(caught.value)


ACCEPTED = {
    "in-batch": {},
    "queue": {"candidates": Joined({"in_batch": InBatch(), "queue": queue(16)})},
    "momentum": {"candidates": Momentum(), "pairing": Instance()},
    "prototypes": {"loss": loss("arc_face"), "candidates": Prototypes(5, 4)},
    "anchors": {"loss": loss("proxy_anchor"), "candidates": Prototypes(5, 4, as_anchors=True)},
    "centers": {"loss": loss("soft_triple"), "candidates": Prototypes(5, 4, per_class=10)},
    "sums": {
        "loss": loss("angular"),
        "miner": build("miner", "angular"),
        "pairing": Drawn(),
    },
    "soft-triplets": {
        "loss": loss("triplet_margin", soft=True),
        "miner": build("miner", "hardest"),
    },
}


@pytest.mark.parametrize("parts", ACCEPTED.values(), ids=ACCEPTED)
def test_parts_that_serve_each_other_are_accepted(parts):
    check(**parts)


@pytest.mark.parametrize(
    ("group", "name"),
    [
        (group, name)
        for group in (
            "view",
            "mix",
            "unit",
            "pairing",
            "miner",
            "loss",
            "candidates",
            "regulariser",
        )
        for name in names(group)
    ],
)
def test_every_choice_can_be_made_before_the_data_is_read(group, name):
    construct(config(group, name), group, **{"pairing": Label(), **STAND_IN})


def test_several_candidates_are_chosen_as_a_list():
    assert list(composed("recipe=moco", "modality=image")["candidates"]) == ["momentum", "queue"]
    assert list(composed("candidates=[in_batch,queue]")["candidates"]) == ["in_batch", "queue"]


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (("recipe=barlow_twins", "regulariser=[]"), "regulariser.cross_correlation"),
        (("recipe=byol", "candidates=[in_batch]"), "candidates.momentum"),
    ],
)
def test_values_of_a_choice_that_is_not_made_are_told_by_name(words, name):
    with pytest.raises(InputError, match=f"^{name} has values, .* with ~{name}$"):
        check_parts(composed("modality=image", *words))


def test_an_unknown_similarity_is_told_with_those_that_exist():
    with pytest.raises(InputError, match=r"one of cosine, dot, euclidean.*got 'manhattan'"):
        check_parts(composed("engine.similarity=manhattan"))
