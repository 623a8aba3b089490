"""Angular mining on pair sums, against the angles of explicit triplets."""

import math

import pytest
import torch

from lightning_contrast.errors import InputError
from lightning_contrast.miners.angular import Angular
from lightning_contrast.testing.rows import pairs_of, rows

LABELS = [0, 1, 2, 3, 0, 1, 2, 3]  # the second half: the positives drawn for the first
HALF = 4


def sums(seed):
    x = rows(LABELS, seed=seed).embedding
    positive, negative = (mask[:HALF] for mask in pairs_of(LABELS)[:2])
    pairs = pairs_of(LABELS)._replace(positive=positive, negative=negative)
    return x, (x[:HALF] + x[HALF:]) @ x.T, pairs


@pytest.mark.parametrize("angle", [22.0, 30.0, 40.0])
def test_it_keeps_the_negatives_that_see_the_pair_at_a_wider_angle(angle):
    kept_of_all = count = 0
    for seed in range(5):
        x, similarity, pairs = sums(seed)
        kept = Angular(angle)(similarity, pairs)
        assert torch.equal(kept.positive, pairs.positive)
        for a in range(HALF):
            p = a + HALF
            for n in range(len(LABELS)):
                if not pairs.negative[a, n]:
                    assert not kept.negative[a, n]
                    continue
                side, centre = (x[a] - x[p]).norm(), (x[a] + x[p]) / 2
                seen = math.degrees(math.atan(side / (2 * (x[n] - centre).norm())))
                assert bool(kept.negative[a, n]) == (seen > angle)
                kept_of_all, count = kept_of_all + (seen > angle), count + 1
    assert 0 < kept_of_all < count


@pytest.mark.parametrize("angle", [28, 35])
def test_the_negatives_are_those_of_pytorch_metric_learning(angle):
    from pytorch_metric_learning.miners import AngularMiner

    x, similarity, pairs = sums(0)
    a, p, n = AngularMiner(angle)(x, torch.tensor(LABELS))
    expected = torch.zeros(HALF, len(LABELS), dtype=torch.bool)
    drawn = (a < HALF) & (p == a + HALF)
    expected[a[drawn], n[drawn]] = True
    assert 0 < expected.sum() < pairs.negative.sum()
    assert torch.equal(Angular(angle)(similarity, pairs).negative, expected)


def test_it_asks_for_pair_sums():
    assert Angular.needs_pair_sums


@pytest.mark.parametrize("angle", [0, 90])
def test_an_angle_out_of_range_is_named(angle):
    with pytest.raises(InputError, match="angle"):
        Angular(angle)
