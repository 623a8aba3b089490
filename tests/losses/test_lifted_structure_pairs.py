"""The first lifted structure loss against pytorch-metric-learning and loops."""

import math

import pytest
import torch

from lightning_contrast.engine.contrast import Contrast
from lightning_contrast.errors import InputError
from lightning_contrast.losses.lifted_structure_pairs import LiftedStructurePairs
from lightning_contrast.miners.distance_weighted import DistanceWeighted
from lightning_contrast.miners.keep_all import KeepAll
from lightning_contrast.miners.multi_similarity import MultiSimilarity
from lightning_contrast.pairings.label import Label
from lightning_contrast.testing.rows import rows
from tests.losses.compare import EVEN, LABELS, value_and_gradient


def ours(label, block_rows, miner=None, **margins):
    def mean(x):
        batch = rows(label, embedding=x)
        loss = LiftedStructurePairs(**margins)
        contrast = Contrast(Label(), miner or KeepAll(), loss, block_rows, compile=False)
        total, weight = contrast(batch, batch)
        return total / weight

    return value_and_gradient(mean, label)


@pytest.mark.parametrize("block_rows", [2, 100])
@pytest.mark.parametrize("label", [EVEN, [0, 0, 0, 0, 1, 1], [0, 0, 1, 1, 2, 3]])
def test_value_and_gradient_are_those_of_pytorch_metric_learning(label, block_rows):
    from pytorch_metric_learning.losses import LiftedStructureLoss

    for margins in ((1.0, 0.0), (1.4, 0.3)):
        peer = LiftedStructureLoss(*margins)
        expected = value_and_gradient(lambda x, peer=peer: peer(x, torch.tensor(label)), label)
        found = ours(label, block_rows, negative_margin=margins[0], positive_margin=margins[1])
        torch.testing.assert_close(found, expected, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("block_rows", [3, 100])
def test_a_miner_that_keeps_other_pairs_of_each_row_has_the_gradient_of_loops(block_rows):
    miner = MultiSimilarity(0.1)

    def loops(x):
        s = x @ x.T
        pairs = miner(s.detach(), Label()(batch := rows(LABELS, embedding=x), batch))
        distance = (2 - 2 * s).clamp_min(1e-12).sqrt()
        size, values = len(x), []
        for i in range(size):
            for j in range(size):
                near = [*distance[i, pairs.negative[i]], *distance[j, pairs.negative[j]]]
                if pairs.positive[i, j] and near:
                    every = torch.logsumexp(torch.stack([1 - d for d in near]), 0)
                    values.append((distance[i, j] + every).relu().square() / 2)
        return torch.stack(values).mean()

    expected = value_and_gradient(loops, LABELS)
    found = ours(LABELS, block_rows, miner)
    torch.testing.assert_close(found, expected, rtol=1e-6, atol=1e-6)


def test_a_miner_that_draws_is_refused():
    with pytest.raises(InputError, match="draws other pairs each time: set miner=keep_all"):
        Contrast(Label(), DistanceWeighted(embedding_size=6), LiftedStructurePairs())


def test_a_candidate_that_is_no_anchor_has_no_negatives_of_its_own():
    batch = rows([0, 0, 1])
    alone = batch._replace(**{name: getattr(batch, name)[:1] for name in batch._fields})
    contrast = Contrast(Label(), KeepAll(), LiftedStructurePairs(), compile=False)
    total, weight = contrast(alone, batch)
    _, near, far = (2 - 2 * (batch.embedding @ batch.embedding[0])).clamp_min(0).sqrt().tolist()
    assert weight == 1
    assert total.item() == pytest.approx(max(0, near + 1 - far) ** 2 / 2, rel=1e-5)
    assert not math.isclose(near, far)
