"""Outlier scores, higher for rows unlike the training rows, and how well they separate those."""

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import normalize

from lightning_contrast.metrics.blocks import row_blocks
from lightning_contrast.metrics.neighbours import nearest


def softmax_score(logits: Tensor) -> Tensor:
    """``-max_y p(y | x)``, ``(N,)`` of ``logits (N, classes)``.

    Hendrycks and Gimpel 2017 (arXiv:1610.02136).

    >>> softmax_score(torch.tensor([[0.0, 0.0]])).item()
    -0.5
    """
    return torch.cat([-part.double().softmax(dim=1).amax(dim=1) for (part,) in row_blocks(logits)])


def energy_score(logits: Tensor) -> Tensor:
    """``-log sum_y exp(logit_y)``, ``(N,)`` of ``logits (N, classes)``.

    Liu et al. 2020 (arXiv:2010.03759).

    >>> round(energy_score(torch.tensor([[0.0, 0.0]])).item(), 4)
    -0.6931
    """
    return torch.cat([-part.double().logsumexp(dim=1) for (part,) in row_blocks(logits)])


def mahalanobis_score(train: Tensor, label: Tensor, features: Tensor) -> Tensor:
    """Squared distance to the nearest class mean under the classes' common covariance, ``(N,)``.

    ``min_y (x - m_y)' S^-1 (x - m_y)``; ``train (M, f)``, ``label (M,)``, ``features (N, f)``;
    ``S`` is the covariance of the training rows about their class means. A millionth of the mean
    variance is added to its diagonal, since features may not vary in some direction.
    NaN without training rows. Lee et al. 2018 (arXiv:1807.03888).

    >>> train = torch.tensor([[0.0, 1.0], [0.0, -1.0], [1.0, 0.0], [-1.0, 0.0]])
    >>> mahalanobis_score(train, torch.zeros(4).long(), torch.tensor([[3.0, 0.0]])).round().item()
    18.0
    """
    if not len(train):
        return features.new_full((len(features),), torch.nan)
    train, features = train.double(), features.double()
    present, number = label.unique(return_inverse=True)
    rows = torch.bincount(number, minlength=len(present)).double()[:, None]
    means = train.new_zeros(len(present), train.shape[1]).index_add_(0, number, train) / rows
    centred = train - means[number]
    covariance = centred.T @ centred / len(train)
    ridge = 1e-6 * covariance.diagonal().mean().clamp_min(1e-12)
    factor = torch.linalg.cholesky(covariance + ridge * torch.eye(train.shape[1]).double())
    white_rows, white_means = (
        torch.linalg.solve_triangular(factor, part.T, upper=False).T for part in (features, means)
    )
    parts = row_blocks(white_rows, width=len(present))
    return torch.cat([torch.cdist(part, white_means).square().amin(dim=1) for (part,) in parts])


def neighbour_score(train: Tensor, features: Tensor, k: int) -> Tensor:
    """Distance to the ``k``-th nearest training row, both of unit norm, ``(N,)``.

    ``train (M, f)``, ``features (N, f)``. If ``M < k`` it is the distance to the farthest row; NaN
    if ``M`` is 0. Sun et al. 2022 (arXiv:2204.06507).

    >>> neighbour_score(torch.eye(2), torch.tensor([[2.0, 0.0]]), k=2).round(decimals=4).item()
    1.4142
    """
    if not len(train):
        return features.new_full((len(features),), torch.nan)
    similarity = nearest(normalize(features.float(), dim=1), train, k)[0][:, -1]
    return (2 - 2 * similarity.double()).clamp_min(0).sqrt()


def auroc(inside: Tensor, outside: Tensor) -> float:
    """Probability that a row from outside scores higher than one from inside; ties count half.

    NaN if there are no rows inside or none outside.

    >>> auroc(torch.tensor([0.0, 1.0]), torch.tensor([1.0, 2.0]))
    0.875
    """
    from sklearn.metrics import roc_auc_score

    if not len(inside) or not len(outside):
        return float("nan")
    truth = np.repeat([0, 1], [len(inside), len(outside)])
    return float(roc_auc_score(truth, torch.cat((inside, outside)).numpy()))


def false_positive_rate(inside: Tensor, outside: Tensor, kept: float = 0.95) -> float:
    """Share of rows from outside below the threshold that keeps ``kept`` of the rows inside.

    >>> false_positive_rate(torch.arange(100.0), torch.tensor([90.0, 94.0, 95.0, 200.0]))
    0.5
    """
    if not len(inside):
        return float("nan")
    threshold = inside.sort().values[int(np.ceil(kept * len(inside))) - 1]
    return (outside <= threshold).double().mean().item()
