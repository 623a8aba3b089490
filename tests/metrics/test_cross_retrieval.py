"""Retrieval between two sides, against loops over all orders of what is equally near."""

import itertools

import numpy as np
import pytest
import torch

from lightning_contrast.metrics.cross_retrieval import cross_retrieval


def by_hand(similarity, asked, known, k):
    """Expected recall@k and average precision, by every order of each group of equal rows."""
    recalls, precisions = [], []
    for row, identity in zip(similarity, asked, strict=True):
        relevant = known == identity
        if not relevant.any():
            continue
        levels = [np.flatnonzero(row == value) for value in sorted(set(row), reverse=True)]
        found = []
        for order in itertools.product(*map(itertools.permutations, levels)):
            hits = relevant[list(itertools.chain(*order))]
            found.append(hits[:k].any())
        recalls.append(np.mean(found))
        parts = []
        for r in np.flatnonzero(relevant):
            rank = (row > row[r]).sum() + (1 + (row == row[r]).sum()) / 2
            own = (row[relevant] > row[r]).sum() + (1 + (row[relevant] == row[r]).sum()) / 2
            parts.append(own / rank)
        precisions.append(np.mean(parts))
    return np.mean(recalls), np.mean(precisions)


@pytest.mark.parametrize("seed", range(12))
def test_figures_are_expectations_over_the_orders_of_equally_near_rows(seed):
    random = np.random.default_rng(seed)
    gallery = torch.nn.functional.one_hot(torch.from_numpy(random.integers(3, size=6)), 4).double()
    query = torch.from_numpy(random.integers(-1, 2, size=(5, 4))).double()
    known, asked = random.integers(4, size=6), random.integers(5, size=5)
    similarity = (query @ gallery.T).numpy()
    for k in (1, 2, 5):
        found = cross_retrieval(
            query, gallery, torch.from_numpy(asked), torch.from_numpy(known), [k], chunk=13
        )
        recall, precision = by_hand(similarity, asked, known, k)
        assert found[f"recall_at_{k}"] == pytest.approx(recall)
        assert found["map"] == pytest.approx(precision)
        nothing, _ = by_hand(np.zeros_like(similarity), asked, known, k)
        assert found[f"chance_at_{k}"] == pytest.approx(nothing)


def test_where_nothing_is_relevant_there_is_no_figure():
    found = cross_retrieval(torch.eye(2), torch.eye(2), torch.arange(2), torch.arange(2) + 2, [1])
    assert np.isnan(list(found.values())).all()


def test_without_ties_average_precision_is_that_of_scikit_learn():
    from sklearn.metrics import average_precision_score

    torch.manual_seed(0)
    query, gallery = torch.randn(6, 5).double(), torch.randn(40, 5).double()
    asked, known = torch.arange(6), torch.arange(40) % 8
    found = cross_retrieval(query, gallery, asked, known)
    expected = [
        average_precision_score(known == row, similarity)
        for row, similarity in zip(asked, query @ gallery.T, strict=True)
    ]
    assert found["map"] == pytest.approx(np.mean(expected))
