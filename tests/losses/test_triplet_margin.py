"""The soft margin; the hinge is held to its references in test_references."""

import math

import pytest
import torch

from lightning_contrast.engine.contrast import Contrast
from lightning_contrast.errors import InputError
from lightning_contrast.losses.triplet_margin import TripletMargin
from lightning_contrast.miners.easy_positive import EasyPositive
from lightning_contrast.miners.hardest import Hardest
from lightning_contrast.miners.keep_all import KeepAll
from lightning_contrast.pairings.label import Label
from lightning_contrast.testing.rows import pairs_of, rows
from lightning_contrast.types import Pairs
from tests.losses.compare import EVEN, LABELS, value_and_gradient


def test_the_soft_margin_of_batch_hard_triplets_is_the_formula():
    x = rows(LABELS).embedding
    similarity, pairs = x @ x.T, pairs_of(LABELS)
    expected = []
    for row, positive, negative in zip(similarity, *pairs[:2], strict=True):
        if positive.any():
            near, far = row[negative].max().item(), row[positive].min().item()
            expected.append(math.log1p(math.exp(math.sqrt(2 - 2 * far) - math.sqrt(2 - 2 * near))))
    total, weight = TripletMargin(soft=True)(similarity, Hardest()(similarity, pairs))
    assert weight == len(expected) == 9
    assert total.item() == pytest.approx(sum(expected), rel=1e-10)


def test_the_soft_margin_is_the_mean_of_pytorch_metric_learning_on_batch_hard_triplets():
    from pytorch_metric_learning import losses, miners, reducers

    theirs = losses.TripletMarginLoss(0, smooth_loss=True, reducer=reducers.MeanReducer())
    batch_hard = miners.BatchHardMiner()

    def ours(x):
        total, weight = TripletMargin(soft=True)(x @ x.T, Hardest()(x @ x.T, pairs_of(EVEN)))
        return total / weight

    def peer(x):
        label = torch.tensor(EVEN)
        return theirs(x, label, batch_hard(x, label))

    expected = value_and_gradient(peer, EVEN)
    torch.testing.assert_close(value_and_gradient(ours, EVEN), expected, rtol=1e-6, atol=1e-6)


def test_margin_and_average_are_ignored_when_soft():
    x = rows(LABELS).embedding
    similarity = x @ x.T
    pairs = Hardest()(similarity, pairs_of(LABELS))
    one = TripletMargin(0.1, "all", soft=True)(similarity, pairs)
    torch.testing.assert_close(one, TripletMargin(0.9, "active", soft=True)(similarity, pairs))


def test_the_soft_margin_refuses_several_triplets_an_anchor():
    batch = rows(LABELS)
    with pytest.raises(InputError, match="miner=hardest"):
        Contrast(Label(), KeepAll(), TripletMargin(soft=True))(batch, batch)


@pytest.mark.parametrize("miner", [Hardest(), EasyPositive("hard"), EasyPositive("semi_hard")])
def test_miners_of_one_triplet_serve_the_soft_margin_and_the_hinge_alike(miner):
    batch = rows(LABELS)
    total, weight = Contrast(Label(), miner, TripletMargin(soft=True))(batch, batch)
    assert total > 0 and 0 < weight <= 9
    assert TripletMargin(soft=True).needs_single and not TripletMargin().needs_single
    assert miner.gives_single


@pytest.mark.parametrize("kind", ["hard", "semi_hard"])
def test_kinds_of_triplets_are_those_of_pytorch_metric_learnings_miner(kind):
    from pytorch_metric_learning import losses, miners, reducers

    label, name = torch.tensor(EVEN), kind.replace("_", "")
    miner = miners.TripletMarginMiner(margin=0.3, type_of_triplets=name)
    peer = losses.TripletMarginLoss(margin=0.3, reducer=reducers.MeanReducer())
    count = len(miner(rows(EVEN).embedding, label)[0])

    def ours(x):
        total, weight = TripletMargin(0.3, triplets=kind)(x @ x.T, pairs_of(EVEN))
        assert weight == count > 3
        return total / weight

    expected = value_and_gradient(lambda x: peer(x, label, miner(x, label)), EVEN)
    torch.testing.assert_close(value_and_gradient(ours, EVEN), expected, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("kind", ["all", "hard", "semi_hard"])
@pytest.mark.parametrize("average_over", ["active", "all"])
def test_one_triplet_an_anchor_is_scored_as_any(kind, average_over):
    x = rows(LABELS).embedding
    kept = Hardest()(x @ x.T, pairs_of(LABELS))
    loss = TripletMargin(0.6, average_over, triplets=kind)
    torch.testing.assert_close(loss(x @ x.T, kept), loss(x @ x.T, kept._replace(single=False)))


@pytest.mark.parametrize("single", [True, False])
def test_a_negative_as_near_as_the_positive_makes_a_hard_triplet(single):
    similarity, mask = torch.tensor([[0.5, 0.5]]), torch.tensor([[True, False]])
    pairs = Pairs(mask, ~mask)._replace(single=single)
    for triplets, expected in (("hard", [0.2, 1.0]), ("semi_hard", [0.0, 0.0])):
        found = TripletMargin(0.2, triplets=triplets)(similarity, pairs)
        assert [part.item() for part in found] == pytest.approx(expected)
