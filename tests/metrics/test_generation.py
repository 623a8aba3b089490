"""Frechet distance against SciPy's matrix root, precision and recall against a loop."""

import math

import numpy as np
import pytest
import torch
from scipy.linalg import sqrtm

from lightning_contrast.metrics.frechet import frechet_distance
from lightning_contrast.metrics.manifold import precision_recall


def points(rows, width, seed, scale=1.0):
    generator = torch.Generator().manual_seed(seed)
    mixing = torch.randn(width, width, generator=generator)
    return scale * torch.randn(rows, width, generator=generator) @ mixing + seed


@pytest.mark.parametrize("rows", [40, 6], ids=["many rows", "fewer rows than features"])
def test_the_frechet_distance_is_that_of_the_formula_by_scipy(rows):
    a, b = points(rows, 8, 0), points(rows + 3, 8, 1, scale=0.5)
    x, y = a.double().numpy(), b.double().numpy()
    first, second = np.cov(x.T), np.cov(y.T)
    root = sqrtm(first @ second).real
    apart = ((x.mean(0) - y.mean(0)) ** 2).sum()
    expected = apart + np.trace(first + second - 2 * root)
    assert frechet_distance(a, b) == pytest.approx(expected, rel=1e-5)
    assert frechet_distance(b, a) == pytest.approx(frechet_distance(a, b), rel=1e-6)


def test_a_set_is_at_no_distance_from_itself():
    a = points(30, 5, 0)
    assert frechet_distance(a, a) == pytest.approx(0, abs=1e-8)
    assert math.isnan(frechet_distance(a, a[:1]))


def among(rows, others, k):
    inside = 0
    for row in rows:
        for j, other in enumerate(others):
            apart = sorted((other - others[i]).norm().item() for i in range(len(others)) if i != j)
            if (row - other).norm().item() <= apart[k - 1]:
                inside += 1
                break
    return inside / len(rows)


@pytest.mark.parametrize("k", [1, 3])
def test_precision_and_recall_are_those_of_a_loop(k):
    real, made = points(25, 3, 0).double(), points(31, 3, 0, scale=0.7)[:31].double() + 0.4
    precision, recall = precision_recall(real, made, k)
    assert precision == pytest.approx(among(made, real, k))
    assert recall == pytest.approx(among(real, made, k))
    assert 0 < recall < 1


def test_too_few_rows_have_no_neighbours():
    assert all(map(math.isnan, precision_recall(torch.ones(3, 2), torch.ones(9, 2), k=3)))
