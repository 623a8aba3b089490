import math

import pytest
import torch

from lightning_contrast.metrics.geometry import (
    alignment,
    centroid_similarity,
    effective_rank,
    mean_cosine,
    silhouette,
    spectrum,
    uniformity,
)


def unit_rows(n=40, d=6, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.nn.functional.normalize(torch.randn(n, d, generator=generator), dim=1)


def test_alignment_is_the_mean_squared_distance_over_all_pairs_of_a_class():
    x, label = unit_rows(), torch.arange(40) % 3
    label[0] = 9  # alone in its class
    pairs = [
        float((x[i] - x[j]).pow(2).sum())
        for i in range(40)
        for j in range(40)
        if i != j and label[i] == label[j]
    ]
    assert math.isclose(alignment(x, label), sum(pairs) / len(pairs), rel_tol=1e-5)


def test_alignment_is_zero_for_classes_that_are_points_and_nan_without_a_pair():
    label = torch.arange(30) % 3
    assert alignment(unit_rows(3)[label], label) == pytest.approx(0, abs=1e-6)
    assert math.isnan(alignment(unit_rows(3), torch.arange(3)))


def test_uniformity_is_the_log_mean_gaussian_over_all_pairs():
    x = unit_rows()
    reference = torch.pdist(x).pow(2).mul(-2).exp().mean().log()  # Wang and Isola's own formula
    assert math.isclose(uniformity(x), reference.item(), rel_tol=1e-5)
    assert uniformity(torch.ones(5, 3)) == pytest.approx(0, abs=1e-5)
    assert math.isnan(uniformity(torch.ones(1, 3)))


def test_uniformity_falls_as_the_rows_spread():
    x = unit_rows(200)
    close = torch.nn.functional.normalize(x * 0.1 + torch.eye(6)[0], dim=1)
    assert uniformity(x) < uniformity(close) < 0


def test_effective_rank_counts_equal_directions():
    assert effective_rank(torch.eye(7)[:4]).item() == pytest.approx(4, abs=1e-4)
    assert effective_rank(torch.ones(9, 5)).item() == pytest.approx(1, abs=1e-4)
    x = torch.ones(8, 3) * torch.tensor([[1.0], [-1.0]]).repeat(4, 1)
    assert effective_rank(x).item() == pytest.approx(1, abs=1e-4)


def test_effective_rank_of_zeros_is_finite():
    assert effective_rank(torch.zeros(4, 3)).isfinite()


def test_mean_cosine_averages_over_pairs_of_different_classes():
    x, label = unit_rows(), torch.arange(40) % 3
    pairs = [float(x[i] @ x[j]) for i in range(40) for j in range(40) if label[i] != label[j]]
    assert mean_cosine(x, label).item() == pytest.approx(sum(pairs) / len(pairs), abs=1e-5)


def test_mean_cosine_of_unlabelled_rows_averages_over_all_pairs():
    x, label = unit_rows(10), torch.full((10,), -1)
    pairs = [float(x[i] @ x[j]) for i in range(10) for j in range(10) if i != j]
    assert mean_cosine(x, label).item() == pytest.approx(sum(pairs) / len(pairs), abs=1e-5)


def test_mean_cosine_of_one_class_is_nan():
    assert mean_cosine(torch.eye(3), torch.zeros(3).long()).isnan()


def test_the_silhouette_is_that_of_scikit_learn():
    from sklearn.metrics import silhouette_score

    x, label = unit_rows(60), torch.arange(60) % 4
    label[0] = 9  # alone in its class
    x = x + 0.5 * torch.eye(6)[label % 6]
    theirs = silhouette_score(x.double().numpy(), label.numpy(), metric="cosine")
    assert math.isclose(silhouette(x, label), theirs, rel_tol=1e-6)
    assert math.isnan(silhouette(x, label * 0))


def test_centroids_are_compared_and_the_spectrum_is_that_of_the_covariance():
    x, label = unit_rows(60), torch.arange(60) % 3
    means = torch.stack([x[label == c].double().mean(0) for c in range(3)])
    expected = torch.nn.functional.cosine_similarity(means[:, None], means[None], dim=2)
    torch.testing.assert_close(centroid_similarity(x, label, 4)[:3, :3], expected)
    assert centroid_similarity(x, label, 4)[3].isnan().all()
    variance = torch.linalg.eigvalsh(torch.cov(x.double().T)).flip(0)
    torch.testing.assert_close(spectrum(x), variance / variance.sum())


@pytest.mark.parametrize("value", [torch.nan, torch.inf])
def test_the_effective_rank_of_rows_that_are_not_finite_is_nan(value):
    rows = torch.eye(3)
    rows[1, 2] = value
    assert effective_rank(rows).isnan()
