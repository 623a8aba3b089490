"""Pairs by shared labels, and the loss of weighted positives, in loops."""

import math

import pytest
import torch

from lightning_contrast.engine.contrast import Contrast
from lightning_contrast.errors import InputError
from lightning_contrast.losses.alignment import Alignment
from lightning_contrast.losses.info_nce import InfoNCE
from lightning_contrast.losses.supcon import SupCon
from lightning_contrast.miners.keep_all import KeepAll
from lightning_contrast.miners.top_k_negatives import TopKNegatives
from lightning_contrast.pairings.overlap import Overlap
from lightning_contrast.testing.rows import rows
from tests.choices import build, run_of

SETS = [[0], [0, 1], [1, 2], [3], [], [0, 1, 2]]
LABEL = [0, 1, 2, 3, 4, 5, 1, 0, -1, 2, 3, 5]
BATCH = rows(LABEL)


def labels(row):
    return set(SETS[LABEL[row]]) if LABEL[row] >= 0 else None


def jaccard(i, j):
    return len(labels(i) & labels(j)) / max(len(labels(i) | labels(j)), 1)


def positives(i, threshold=0.0):
    return [
        j
        for j in range(len(LABEL))
        if j != i and None not in (labels(i), labels(j))
        if labels(i) & labels(j) and jaccard(i, j) >= threshold
    ]


def negatives(i):
    return [
        j
        for j in range(len(LABEL))
        if j != i and None not in (labels(i), labels(j)) and not labels(i) & labels(j)
    ]


@pytest.mark.parametrize("threshold", [0.0, 0.5, 1.0])
def test_positives_share_enough_labels_and_negatives_none(threshold):
    pairs = Overlap(threshold, sets=SETS)(BATCH, BATCH)
    for i in range(len(LABEL)):
        assert pairs.positive[i].nonzero()[:, 0].tolist() == positives(i, threshold)
        assert pairs.negative[i].nonzero()[:, 0].tolist() == negatives(i)
    assert pairs.weight is None


def weights(i, kind):
    """How much each positive of an anchor counts."""
    if kind is None:
        return dict.fromkeys(positives(i), 1.0)
    if kind == "jaccard":
        return {j: jaccard(i, j) for j in positives(i)}
    found = dict.fromkeys(positives(i), 0.0)
    for label in labels(i) or ():  # each label alike, and in it each row that has it
        having = [j for j in positives(i) if label in labels(j)]
        for j in having:
            found[j] += 1 / len(having)
    return found


def log_share(s, i, j, t=0.1):
    whole = sum(math.exp(s[i][k] / t) for k in positives(i) + negatives(i))
    return s[i][j] / t - math.log(whole)


@pytest.mark.parametrize("kind", [None, "jaccard", "by_label"])
@pytest.mark.parametrize("block_rows", [3, 100])
def test_supcon_of_weighted_positives_is_that_of_loops(kind, block_rows):
    contrast = Contrast(Overlap(0.0, kind, SETS), KeepAll(), SupCon(), block_rows, compile=False)
    total, weight = contrast(BATCH, BATCH)
    s = (BATCH.embedding @ BATCH.embedding.T).tolist()
    expected = []
    for i in range(len(LABEL)):
        if found := weights(i, kind):
            parts = sum(w * log_share(s, i, j) for j, w in found.items())
            expected.append(-parts / sum(found.values()))
    assert weight == len(expected)
    assert (total / weight).item() == pytest.approx(sum(expected) / len(expected), rel=1e-9)


@pytest.mark.parametrize("loss", [SupCon(), InfoNCE(), Alignment()], ids=lambda x: type(x).__name__)
@pytest.mark.parametrize("miner", [KeepAll(), TopKNegatives(2)], ids=lambda x: type(x).__name__)
def test_blocks_have_the_gradient_of_the_whole_and_of_the_traced_block(loss, miner, monkeypatch):
    compile = (
        torch.compile
    )  # traced as a compiled block is; engine/ holds what Inductor makes of it
    monkeypatch.setattr(torch, "compile", lambda f, **_: compile(f, backend="eager"))
    found = []
    for settings in ({"block_rows": 100}, {"block_rows": 5}, {"compile": True}):
        leaf = BATCH.embedding.float().clone().requires_grad_()
        batch = BATCH._replace(embedding=leaf)
        contrast = Contrast(
            Overlap(0.0, "by_label", SETS), miner, loss, **{"compile": False, **settings}
        )
        total, weight = contrast(batch, batch)
        (total / weight).backward()
        found.append(leaf.grad)
    torch.testing.assert_close(found[1], found[0], rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(found[2], found[0], rtol=1e-4, atol=1e-5)
    assert found[0].any()


@pytest.mark.parametrize(
    ("loss", "fine"), [("supcon", True), ("info_nce", True), ("circle", False)]
)
def test_weights_need_a_loss_that_takes_them(loss, fine):
    run = run_of(loss=build("loss", loss))
    Overlap(weights=None).check(run)
    if fine:
        Overlap(weights="jaccard").check(run)
    else:
        with pytest.raises(
            InputError, match=r"does not weigh positives: set pairing\.weights=null"
        ):
            Overlap(weights="jaccard").check(run)
    with pytest.raises(InputError, match="does not weigh"):
        Overlap(weights="jaccard").check(run_of(loss=SupCon(form="in")))
