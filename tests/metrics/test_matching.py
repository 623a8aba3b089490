"""The probability that two rows belong together: its fit, its threshold, what it is measured by."""

import itertools

import pytest
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, f1_score

from lightning_contrast.metrics.matching import Matching, best_threshold, measured, pairs_of


@pytest.fixture(scope="module")
def pairs():
    random = torch.Generator().manual_seed(0)
    together = torch.rand(4000, generator=random) < 0.1
    cosine = 0.2 + 0.3 * together + 0.15 * torch.randn(4000, generator=random)
    return cosine.clamp(-1, 1), together


def test_the_fit_is_that_of_a_balanced_logistic_regression(pairs):
    cosine, together = pairs
    found = Matching.fit(cosine, together)
    peer = LogisticRegression(C=1e6, class_weight="balanced").fit(cosine[:, None], together)
    assert found.slope == pytest.approx(peer.coef_[0, 0], rel=0.05)
    assert found.intercept == pytest.approx(peer.intercept_[0], rel=0.05)
    assert all(type(value) is float for value in found)


def test_the_threshold_has_the_best_f1_of_all(pairs):
    cosine, together = (column[:60] for column in pairs)
    cosine = (10 * cosine).round() / 10  # with ties
    best = best_threshold(cosine, together)
    scores = [f1_score(together, cosine >= at) for at in (*cosine.tolist(), 2.0)]
    assert f1_score(together, cosine >= best) == pytest.approx(max(scores))


def test_figures_count_both_kinds_alike_and_f1_the_pairs_as_they_are(pairs):
    cosine, together = pairs
    made = Matching(12.0, -4.0, 0.4)
    found = measured(made, cosine, together)
    chance = made.probability(cosine)
    weight = torch.where(together, 1 / together.sum(), 1 / (~together).sum())
    assert found["brier"] == pytest.approx(brier_score_loss(together, chance, sample_weight=weight))
    assert found["f1"] == pytest.approx(f1_score(together, cosine >= 0.4))
    fitted = measured(Matching.fit(cosine, together), cosine, together)
    assert fitted["brier"] < found["brier"] and fitted["ece"] < 0.05


def test_where_all_pairs_are_right_the_slope_stays_finite_and_without_a_kind_there_is_none():
    together = torch.tensor([True, False])
    assert 0 < Matching.fit(torch.tensor([0.6, 0.5]), together).slope < 1e4
    assert Matching.fit(torch.tensor([0.5, 0.6]), together).slope == 0
    assert Matching.fit(torch.ones(2), torch.ones(2, dtype=torch.bool)) is None


def test_pairs_are_those_of_every_row_with_every_row_and_evenly_spaced_among_many():
    rows, numbers = torch.eye(3), torch.tensor([7, 8, 7])
    cosine, together = pairs_of(rows, rows[:2], numbers, numbers[:2])
    expected = [
        (a == b, numbers[a] == numbers[b]) for a, b in itertools.product(range(3), range(2))
    ]
    assert cosine.tolist() == [float(same) for same, _ in expected]
    assert together.tolist() == [bool(same) for _, same in expected]
    many = torch.ones(5000, 1)
    assert len(pairs_of(many, many[:10], torch.arange(5000), torch.arange(10))[0]) == 1667 * 10
