"""The shape of an embedding: alignment and uniformity, spread, effective rank."""

import math

import torch
from torch import Tensor
from torch.nn.functional import normalize

from lightning_contrast.metrics.blocks import row_blocks
from lightning_contrast.metrics.neighbours import similarity_chunks


def alignment(embedding: Tensor, label: Tensor) -> float:
    """Mean squared distance of two rows of one class; 0 if every class is a point.

    ``E ||x - y||^2`` over all pairs of different rows with equal labels, rows on the unit sphere.
    Shapes: ``embedding (N, d)``, ``label (N,)``; exact in ``O(N d)``, as a class of n rows with sum
    s has ``sum ||x - y||^2 = 2 n^2 - 2 ||s||^2``. NaN if no class has two rows.
    Wang and Isola 2020 (arXiv:2005.10242).

    >>> alignment(torch.tensor([[1.0, 0], [0, 1], [1, 0]]), torch.tensor([0, 0, 1]))
    2.0
    """
    rows = normalize(embedding.double(), dim=1)
    _, inverse, count = label.unique(return_inverse=True, return_counts=True)
    total = rows.new_zeros(len(count), rows.shape[1]).index_add_(0, inverse, rows)
    pairs = (count * (count - 1)).sum().item()
    squared = (2 * count**2 - 2 * total.pow(2).sum(dim=1)).sum().item()
    return max(0.0, squared) / pairs if pairs else float("nan")


def uniformity(embedding: Tensor, t: float = 2.0) -> float:
    """How evenly the rows cover the sphere: lower is more even, 0 is a single point.

    ``log E exp(-t ||x - y||^2)`` over all pairs of different rows, on the unit sphere.
    Shape: ``embedding (N, d)``; computed in chunks. NaN for fewer than two rows.
    Wang and Isola 2020 (arXiv:2005.10242).

    >>> round(uniformity(torch.tensor([[1.0, 0], [-1, 0]])), 6)
    -8.0
    """
    n = len(embedding)
    if n < 2:
        return float("nan")
    parts = []
    for start, block in similarity_chunks(embedding, embedding):
        exponent = block.sub_(1).mul_(2 * t)
        exponent.diagonal(start).fill_(-torch.inf)
        # As a number: a small tensor that is kept would hold the freed memory of a block below it.
        parts.append(exponent.flatten().logsumexp(0).item())
    return torch.tensor(parts, dtype=torch.float64).logsumexp(0).item() - math.log(n * (n - 1))


def effective_rank(embedding: Tensor) -> Tensor:
    """The number of directions that the rows use: 1 if all are equal up to sign, at most d.

    ``exp(H(p))``, where ``p`` are the singular values of ``embedding (N, d)`` over their sum; a 0-d
    tensor on the embedding's device, NaN without rows and for rows that are not finite. Roy and
    Vetterli 2007; Garrido et al. 2023 (RankMe, arXiv:2210.02885).

    >>> effective_rank(torch.eye(3)).round()
    tensor(3.)
    """
    if not len(embedding):
        return embedding.new_tensor(torch.nan).float()
    finite = embedding.isfinite()
    singular = torch.linalg.svdvals(embedding.float().where(finite, 0))
    share = singular / singular.sum().clamp(min=torch.finfo(singular.dtype).tiny)
    return torch.special.entr(share).sum().exp().where(finite.all(), torch.nan)


def mean_cosine(embedding: Tensor, label: Tensor) -> Tensor:
    """Mean cosine of two rows of different classes (unlabelled: of two rows), a 0-d tensor.

    1 means that the classes have collapsed to one point. It is computed from sums in ``O(N d)``,
    without an ``N x N`` matrix and without waiting for the device. Each row labelled -1 is a class
    of its own. NaN if all rows are of one class. Shapes: ``embedding (N, d)``, ``label (N,)``.

    >>> mean_cosine(torch.eye(2), torch.tensor([0, 1]))
    tensor(0.)
    """
    rows = normalize(embedding.float(), dim=1)
    n = len(rows)
    if not n:
        return rows.new_tensor(torch.nan)
    own = torch.arange(n, device=label.device) + label.clamp(min=-1).max() + 1
    _, inverse = torch.where(label < 0, own, label).unique(return_inverse=True)
    one = rows.new_zeros(n, rows.shape[1]).index_add_(0, inverse, rows)
    count = inverse.new_zeros(n).index_add_(0, inverse, torch.ones_like(inverse))
    pairs = n * n - count.square().sum()
    total = rows.sum(0).pow(2).sum() - one.pow(2).sum()
    return torch.where(pairs > 0, total / pairs, torch.nan)  # 0 / 0 with rounding is infinite


def class_means(embedding: Tensor, label: Tensor, classes: int) -> tuple[Tensor, Tensor]:
    """Mean unit row of each class ``(classes, d)``, NaN without rows, and the numbers of rows.

    >>> class_means(torch.eye(2), torch.tensor([1, 1]), classes=2)[0].tolist()
    [[nan, nan], [0.5, 0.5]]
    """
    rows = normalize(embedding.double(), dim=1)
    count = torch.bincount(label, minlength=classes)
    total = rows.new_zeros(classes, rows.shape[1]).index_add_(0, label, rows)
    return total / count[:, None], count


def centroid_similarity(embedding: Tensor, label: Tensor, classes: int) -> Tensor:
    """Cosine of the class means to each other, ``(classes, classes)``; NaN for an absent class.

    Shapes: ``embedding (N, d)``, ``label (N,)``.

    >>> centroid_similarity(torch.eye(2), torch.tensor([0, 1]), classes=2).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    means = normalize(class_means(embedding, label, classes)[0], dim=1)
    return means @ means.T


def silhouette(embedding: Tensor, label: Tensor) -> float:
    """Mean over the rows of ``(b - a) / max(a, b)``: 1 if classes are tight and far apart.

    ``a`` is the mean cosine distance ``1 - cos`` of a row to the other rows of its class, ``b`` the
    least mean distance to another class; a row alone in its class has 0. Exact in ``O(N C d)``, as
    the mean distance to a class is one minus the product with its mean. Shapes:
    ``embedding (N, d)``, ``label (N,)``. NaN with fewer than two classes. Rousseeuw 1987.

    >>> silhouette(torch.eye(2)[[0, 0, 1, 1]], torch.tensor([0, 0, 1, 1]))
    1.0
    """
    _, inverse = label.unique(return_inverse=True)
    classes = int(inverse.max()) + 1 if len(label) else 0
    if classes < 2:
        return float("nan")
    rows = normalize(embedding.double(), dim=1)
    means, count = class_means(rows, inverse, classes)
    parts = []
    for block, own in row_blocks(rows, inverse[:, None], width=classes):
        distance = 1 - block @ means.T
        a = distance.gather(1, own)
        parts.append(torch.cat((a, distance.scatter_(1, own, torch.inf).amin(1, keepdim=True)), 1))
    a, b = torch.cat(parts).T
    a = a * count[inverse] / (count[inverse] - 1).clamp(min=1)
    score = (b - a) / torch.maximum(a, b).clamp(min=torch.finfo(a.dtype).tiny)
    return torch.where(count[inverse] > 1, score, 0.0).mean().item()


def spectrum(embedding: Tensor) -> Tensor:
    """Share of the variance along each principal direction, ``(min(N, d),)``, the largest first.

    NaN if all rows are equal.

    >>> spectrum(torch.tensor([[1.0, 0], [-1, 0]])).tolist()
    [1.0, 0.0]
    """
    mean, width = embedding.mean(dim=0, dtype=torch.float64), embedding.shape[1]
    scatter = torch.zeros(width, width, dtype=torch.float64, device=embedding.device)
    for (block,) in row_blocks(embedding):
        centred = block.double() - mean
        scatter += centred.T @ centred
    variance = torch.linalg.eigvalsh(scatter).flip(0).clamp_min(0)[: len(embedding)]
    return variance / variance.sum()
