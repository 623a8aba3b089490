"""A loss against its formula, anchor by anchor in float64, and against pytorch-metric-learning."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from lightning_contrast.testing.rows import pairs_of, rows

LABELS = [0, 1, 2, 0, 1, 2, 0, 0, 3, -1, 1]  # unequal classes, one single row, one unlabelled
EVEN = [0, 1, 2, 0, 1, 2, 0, 1, 2]


def assert_is_formula(loss: nn.Module, formula: Callable[[list, list], float]) -> None:
    """``formula(positives, negatives)``: the loss of an anchor, from its two lists of cosines."""
    embedding = rows(LABELS).embedding
    similarity, pairs = embedding @ embedding.T, pairs_of(LABELS)
    each = [
        formula(row[positive].tolist(), row[negative].tolist())
        for row, positive, negative in zip(similarity, *pairs[:2], strict=True)
        if positive.any()
    ]
    total, weight = loss(similarity, pairs)
    assert weight == len(each) == 9 and total.dtype == weight.dtype == torch.float64
    assert total.item() == pytest.approx(sum(each), rel=1e-10)


def value_and_gradient(score: Callable[[Tensor], Tensor], label: list[int]) -> tuple:
    """Of a function of unit rows, differentiated through their normalisation as theirs is."""
    x = rows(label).embedding.clone().requires_grad_()
    value = score(nn.functional.normalize(x, dim=1))
    value.backward()
    return value.detach(), x.grad


def assert_is_peer(loss: nn.Module, name: str, label: list[int] = EVEN, **settings: float) -> None:
    """Their class ``name``, reduced to its mean over anchors (or positive pairs)."""
    from pytorch_metric_learning import losses, reducers

    def ours(x: Tensor) -> Tensor:
        total, weight = loss(x @ x.T, pairs_of(label))
        return total / weight

    theirs = getattr(losses, name)(reducer=reducers.MeanReducer(), **settings)
    expected = value_and_gradient(lambda x: theirs(x, torch.tensor(label)), label)
    torch.testing.assert_close(value_and_gradient(ours, label), expected, rtol=1e-6, atol=1e-6)


def assert_float32_is_right(loss: nn.Module) -> None:
    """Value and gradient of a module without state of its own, on coinciding and opposite rows
    too."""
    x = torch.cat([rows(LABELS).embedding, torch.eye(2, 6), -torch.eye(1, 6), torch.eye(1, 6)])
    label = [*LABELS, 0, 1, 0, 0]
    found = []
    for dtype in (torch.float64, torch.float32):
        similarity = (x @ x.T).to(dtype).requires_grad_()
        total, _ = loss(similarity, pairs_of(label))
        total.backward()
        found.append((total.detach().double(), similarity.grad.double()))
    torch.testing.assert_close(found[1], found[0], rtol=1e-3, atol=1e-4)
