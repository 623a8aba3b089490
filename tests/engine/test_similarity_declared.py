"""Whatever looks at embeddings goes by the similarity of the run, or says why it does not."""

import copy
import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import normalize

import lightning_contrast
from lightning_contrast.callbacks.health import embedding_health
from lightning_contrast.candidates.teacher import Teacher
from lightning_contrast.errors import InputError
from lightning_contrast.evaluation.batches import batch_pairs
from lightning_contrast.modules.acting import critic
from lightning_contrast.modules.prompt_head import prompt_head
from lightning_contrast.negatives.hard import HardNegatives
from lightning_contrast.negatives.near_captions import NearCaptionNegatives
from lightning_contrast.pairings.label import Label
from lightning_contrast.positives.hardest_same_class import HardestSameClassPositives
from lightning_contrast.rows.partners import Partners
from lightning_contrast.testing.rows import rows
from lightning_contrast.types import Embedded
from tests.choices import build, names, run_of

KINDS = ("cosine", "dot", "euclidean")
torch.manual_seed(0)
POINTS = torch.randn(40, 4) * torch.rand(40, 1) * 3
LABELS = np.arange(40) % 4
SEEN = Embedded(POINTS, POINTS, POINTS, torch.from_numpy(LABELS), torch.arange(40))

PACKAGE = Path(lightning_contrast.__file__).parent
UNIT = re.compile(r"^[^#>`]*\b(?:normalized?|cosine_similarity)\(", re.M)
WHY = {  # what makes unit vectors or takes a cosine by itself, and why it may
    "metrics/similarity.py": "the place where it is decided",
    "encoders/sketch.py": "features of an image, not an embedding",
    "encoders/beside.py": "features of an image, not an embedding",
    "metrics/neighbours.py": "where the kind is a cosine",
    "engine/contrast.py": "where the kind is a cosine",
    "modules/network.py": "where the kind is a cosine",
    "modules/prompt_head.py": "where the kind is a cosine",
    "inference/compact.py": "where the kind is a cosine; refuses few bits of other kinds",
    "inference/neighbours.py": "orders again what is stored in few bits, which is refused",
    "batch.py": "what others call; rows_of serves the generator, which takes the cosine alone",
    "metrics/geometry.py": "alignment, uniformity and silhouette are defined on the sphere",
    "callbacks/health.py": "figures on the sphere, so that runs can be compared",
    "report/projection.py": "a picture: one long row would press all others into a point",
    "metrics/outliers.py": "a distance of unit features, by definition",
    "heads/": "a cosine of features, by definition; no contrast compares these",
    "protocols/": "tokens by their features; no contrast compares these",
    "decodings/": "states of a language model, by definition",
    "units/matched.py": "cells by their features (DenseCL)",
    "encoders/pretrained.py": "features",
    "regularisers/": "on the sphere by definition",
    "candidates/": "refused with other kinds: the test below",
    "projectors/mlp_predictor.py": "refused with other kinds",
    "views/synonym.py": "vectors of words",
    "rows/": "letters of texts",
    "testing/": "makes rows",
}


def test_who_makes_unit_vectors_has_a_reason():
    made = {
        file.relative_to(PACKAGE).as_posix()
        for file in PACKAGE.rglob("*.py")
        if UNIT.search(file.read_text(encoding="utf-8"))
    }
    assert {file for file in made if not file.startswith(tuple(WHY))} == set()
    assert [reason for reason in WHY if not any(file.startswith(reason) for file in made)] == []


def similarity(kind, a, c):
    """By hand, in float64."""
    a, c = a.double(), c.double()
    if kind == "dot":
        return a @ c.T
    if kind == "cosine":
        return normalize(a) @ normalize(c).T
    return 1 - (a[:, None] - c[None]).square().sum(2) / 2


def drawn(rule, kind):
    rule.similarity = kind
    rule.refresh(SEEN, epoch=1)
    return rule(np.arange(40), np.random.default_rng(0)).reshape(40, -1)[:, 0]


@pytest.mark.parametrize("kind", KINDS)
def test_hard_negatives_and_positives_are_the_nearest_and_the_farthest_by_it(kind):
    near = similarity(kind, POINTS, POINTS)
    other = torch.from_numpy(LABELS[:, None] != LABELS)
    hardest = near.masked_fill(~other, -torch.inf).argmax(1)
    negatives = HardNegatives(LABELS, last=1, max_similarity=None)
    assert drawn(negatives, kind).tolist() == hardest.tolist()
    own = ~other & ~torch.eye(40, dtype=torch.bool)
    mean = (near * own).sum(1) / own.sum(1)
    allowed = other & (near <= (mean - 0.5 * mean.abs())[:, None])
    guarded = HardNegatives(LABELS, last=1, max_similarity=None, relative_margin=0.5)
    found, some = drawn(guarded, kind), allowed.any(1)
    expected = near.masked_fill(~allowed, -torch.inf).argmax(1)
    assert some.sum() > 20 and (torch.from_numpy(found)[some] == expected[some]).all()
    farthest = near.masked_fill(~own, torch.inf).argmin(1)
    assert drawn(HardestSameClassPositives(LABELS), kind).tolist() == farthest.tolist()
    partners = Partners(np.arange(40, 80), np.arange(40), np.arange(40), np.ones(40, np.int64))
    captions = NearCaptionNegatives(partners, LABELS, last=1, max_similarity=None)
    assert drawn(captions, kind).tolist() == (40 + hardest).tolist()


def test_the_kinds_differ_here():
    negatives = HardNegatives(LABELS, last=1, max_similarity=None)
    assert len({tuple(drawn(negatives, kind).tolist()) for kind in KINDS}) == 3


@pytest.mark.parametrize("name", ["hard", "near_captions"])
def test_a_guard_that_is_a_cosine_is_refused_where_none_is_compared(name):
    part = {"hard": HardNegatives, "near_captions": NearCaptionNegatives}[name]
    guarded = {"arguments": {"negatives": {"max_similarity": 0.95}}}
    with pytest.raises(InputError, match=r"0\.95 is a cosine.*set negatives.max_similarity=null"):
        part.check(run_of(similarity="dot", **guarded))
    part.check(run_of(**guarded))
    part.check(run_of(similarity="dot"))
    with pytest.raises(InputError, match="is a cosine"):
        drawn(HardNegatives(LABELS), "euclidean")


@pytest.mark.parametrize("kind", KINDS)
def test_classes_by_name_are_the_nearest_prompts_by_it(kind):
    known = {"cat": POINTS[0], "a cat": POINTS[1], "pet": POINTS[2], "a pet": POINTS[3]}

    def embed(prompts):
        found = torch.stack([known[prompt] for prompt in prompts])
        return normalize(found) if kind == "cosine" else found

    network = SimpleNamespace(modality="mixed", embed=embed, projector=nn.Identity())
    network.device, network.similarity = torch.device("cpu"), kind
    head = prompt_head(network, ["cat", "pet"], ["{}", "a {}"])
    means = embed(list(known)).view(2, 2, 4).mean(1)
    expected = similarity(kind, POINTS, means) / head.temperature
    torch.testing.assert_close(head(POINTS).double(), expected, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("kind", KINDS)
def test_an_agent_takes_the_nearest_move_by_it(kind):
    moves, goals = POINTS[:12], POINTS[12:16]  # three actions in four states
    vectors = {"move": moves, "goal": goals}

    class Two(nn.Module):
        similarity, classes, device = kind, ("a", "b", "c"), torch.device("cpu")
        encoder = SimpleNamespace(of=lambda side, _: vectors[side])
        preprocess = SimpleNamespace(move=lambda seen, action: seen, goal=lambda seen: seen)

        def project(self, features):
            return normalize(features) if kind == "cosine" else features

    found = critic(Two(), np.zeros((4, 2)), np.zeros((4, 2)))
    near = similarity(kind, moves, goals).view(4, 3, 4).diagonal(dim1=0, dim2=2).T
    expected = near if kind == "dot" else -(2 - 2 * near).clamp_min(0).sqrt()
    torch.testing.assert_close(found.double(), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("kind", ["dot", "euclidean"])
def test_pairs_of_batches_are_measured_by_it(text_subject, kind):
    subject = copy.copy(text_subject)
    subject.network = copy.copy(text_subject.network)
    subject.network.similarity = kind
    found, plain = batch_pairs(subject, 1), batch_pairs(text_subject, 1)
    assert (found.kind, plain.kind) == (kind, "cosine")
    assert len(found.positive) == len(plain.positive)
    assert (found.positive - plain.positive).abs().max() > 1e-3


def test_figures_on_the_sphere_do_not_depend_on_lengths():
    batch = rows([0, 1, 2, 0, 1, 2])
    longer = batch._replace(embedding=batch.embedding * torch.arange(1, 7)[:, None])
    for one, other in zip(
        embedding_health(batch, Label()), embedding_health(longer, Label()), strict=True
    ):
        of = [one[k] for k in one if k != "effective_rank"] if isinstance(one, dict) else one
        to = (
            [other[k] for k in other if k != "effective_rank"] if isinstance(other, dict) else other
        )
        torch.testing.assert_close(of, to)


def test_candidates_that_hold_unit_vectors_are_refused_with_other_kinds():
    run, taken = run_of(similarity="euclidean"), set()
    for name in names("candidates"):
        known = {"embedding_size": 4, "classes": 3, "pairing": Label(), "as_candidates": True}
        part = build("candidates", name, **known)
        if part.of_any_length:
            part.check(run)
            taken.add(name)
            continue
        with pytest.raises(InputError, match="holds unit vectors"):
            part.check(run)
    assert taken == {"in_batch", "queue", "stop_gradient"}


def test_a_guide_tells_cosines_of_its_own_whatever_the_run_compares():
    loss, miner = build("loss", "margin_mse"), build("miner", "guided")
    beside = Teacher("any", embedding_size=4, as_candidates=False)
    run = run_of(similarity="dot", loss=loss, miner=miner, candidates=beside)
    for part in (loss, miner, beside):
        part.check(run)
    with pytest.raises(InputError, match="Teacher holds unit vectors"):
        Teacher("any", embedding_size=4).check(run)
