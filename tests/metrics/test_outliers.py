"""Scores of outliers against other libraries' figures and plain loops."""

import numpy as np
import pytest
import torch
from scipy.spatial.distance import mahalanobis
from sklearn.metrics import roc_auc_score, roc_curve
from sklearn.neighbors import NearestNeighbors

from lightning_contrast.metrics.outliers import (
    auroc,
    energy_score,
    false_positive_rate,
    mahalanobis_score,
    neighbour_score,
    softmax_score,
)


@pytest.fixture
def rows():
    random = torch.Generator().manual_seed(0)
    label = torch.arange(120) % 3
    mixing = torch.randn(5, 5, generator=random)
    train = (torch.randn(120, 5, generator=random) @ mixing) + 3 * torch.eye(3, 5)[label]
    return train, label, 2 * torch.randn(40, 5, generator=random)


def test_softmax_and_energy_are_their_formulas():
    logits = torch.tensor([[2.0, -1.0, 0.5], [0.0, 300.0, -300.0]])
    for row, soft, energy in zip(
        logits.double().numpy(), softmax_score(logits), energy_score(logits), strict=True
    ):
        exponents = np.exp(row - row.max())
        assert soft.item() == pytest.approx(-exponents.max() / exponents.sum())
        assert energy.item() == pytest.approx(-(row.max() + np.log(exponents.sum())))


def test_mahalanobis_is_scipys_to_the_nearest_mean(rows):
    train, label, query = rows
    means = [train[label == number].double().mean(0).numpy() for number in range(3)]
    centred = np.concatenate([train[label == n].double().numpy() - means[n] for n in range(3)])
    inverse = np.linalg.inv(np.cov(centred.T, bias=True))
    expected = [
        min(mahalanobis(row, mean, inverse) ** 2 for mean in means)
        for row in query.double().numpy()
    ]
    found = mahalanobis_score(train, label, query)
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-3)


def test_mahalanobis_takes_features_without_spread_and_classes_without_rows(rows):
    train, label, query = rows
    flat = torch.cat((train, torch.zeros(120, 2)), 1)
    outside = torch.cat((query, torch.ones(40, 2)), 1)
    scores = mahalanobis_score(flat, 2 * label, outside)
    assert scores.isfinite().all()
    inside = mahalanobis_score(flat, 2 * label, flat)
    assert scores.min() > inside.max(), "a direction in which nothing varied tells at once"


def test_neighbour_distance_is_scikit_learns(rows):
    train, _, query = rows
    unit = [torch.nn.functional.normalize(part, dim=1).numpy() for part in (train, query)]
    expected = NearestNeighbors(n_neighbors=7).fit(unit[0]).kneighbors(unit[1])[0][:, -1]
    np.testing.assert_allclose(neighbour_score(train, query, 7).numpy(), expected, atol=1e-5)
    assert torch.equal(neighbour_score(train, query, 500), neighbour_score(train, query, 120))


@pytest.mark.parametrize("ties", [False, True])
def test_auroc_and_false_positives_are_those_of_pairs_and_of_scikit_learn(ties):
    random = np.random.default_rng(1)
    inside, outside = random.normal(0, 1, 90), random.normal(1, 1.5, 70)
    if ties:
        inside, outside = inside.round(), outside.round()
    pair = torch.from_numpy(inside), torch.from_numpy(outside)
    higher = (outside[:, None] > inside) + 0.5 * (outside[:, None] == inside)
    assert auroc(*pair) == pytest.approx(higher.mean())
    truth = np.repeat([0, 1], [90, 70])
    assert auroc(*pair) == roc_auc_score(truth, np.append(inside, outside))
    # Accepting from the inside: its rows are the positives, and scores fall.
    false, true, _ = roc_curve(1 - truth, -np.append(inside, outside), drop_intermediate=False)
    assert false_positive_rate(*pair) == pytest.approx(false[true >= 0.95].min())
