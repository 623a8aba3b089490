"""How far apart two sets of vectors are, as normal distributions."""

import torch
from torch import Tensor


def frechet_distance(a: Tensor, b: Tensor) -> float:
    r"""The squared Frechet distance of the normal distributions of two sets ``(n, f)``, ``(m, f)``.

    .. math::
        |\mu_a - \mu_b|^2 + \mathrm{tr}(C_a + C_b - 2 (C_a^{1/2} C_b C_a^{1/2})^{1/2})

    In float64, by eigenvalues of symmetric matrices: nothing imaginary comes up that would have to
    be cut off. The unit is that of the squared features. With few rows it lies too high: compare
    sets of equal sizes only. NaN for a set of fewer than two rows.

    Source: Heusel et al. 2017 (arXiv 1706.08500); Dowson and Landau 1982.

    >>> points = torch.tensor([[0.0, 0.0], [2.0, 2.0], [0.0, 2.0], [2.0, 0.0]])
    >>> round(frechet_distance(points, points + 3), 6)
    18.0
    """
    if min(len(a), len(b)) < 2:
        return float("nan")
    a, b = a.double(), b.double()
    first, second = (torch.atleast_2d(torch.cov(side.T)) for side in (a, b))
    values, vectors = torch.linalg.eigh(first)
    root = (vectors * values.clamp_min(0).sqrt()) @ vectors.T
    shared = torch.linalg.eigvalsh(root @ second @ root).clamp_min(0).sqrt().sum()
    apart = (a.mean(0) - b.mean(0)).square().sum()
    return max(0.0, (apart + first.trace() + second.trace() - 2 * shared).item())
