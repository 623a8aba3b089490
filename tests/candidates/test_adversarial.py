"""Rows moved in the embedding: against autograd, against a search of the ball."""

import pytest
import torch
from torch.nn.functional import cosine_similarity, normalize

from lightning_contrast.candidates._ball import ascend
from lightning_contrast.candidates.adversarial import slope_of_cosine
from lightning_contrast.testing.rows import rows
from tests.candidates.makers import maker

LABELS = [0, 1, 2, 0, 1, 2, 2, 1]


def hardest_of(x, a, count):
    others = [j for j, label in enumerate(LABELS) if label != LABELS[a]]
    return x[sorted(others, key=lambda j: -(x[a] @ x[j]).item())[:count]]


def test_the_slope_is_that_of_autograd():
    q, v = rows([0] * 5).embedding, (2 * rows([0] * 5, seed=1).embedding).requires_grad_()
    (expected,) = torch.autograd.grad(cosine_similarity(q, v).sum(), v)
    torch.testing.assert_close(slope_of_cosine(q, v.detach()), expected)


@pytest.mark.parametrize("norm", ["l2", "linf"])
def test_the_rows_are_those_of_a_loop_with_autograd(norm):
    batch = rows(LABELS)
    settings = {"count": 2, "steps": 4, "step_size": 0.09, "epsilon": 0.25, "norm": norm}
    made = maker("adversarial", **settings)(batch, batch)[2]
    for a in range(len(LABELS)):
        q = batch.embedding[a]
        for s, n in enumerate(hardest_of(batch.embedding, a, 2)):
            delta = torch.zeros_like(n)
            for _ in range(4):
                moved = (n + delta).requires_grad_()
                (slope,) = torch.autograd.grad(cosine_similarity(q, moved, dim=0), moved)
                if norm == "linf":
                    delta = (delta + 0.09 * slope.sign()).clamp(-0.25, 0.25)
                else:
                    delta = delta + 0.09 * slope / slope.norm()
                    delta = delta * min(1, 0.25 / delta.norm().item())
            torch.testing.assert_close(made.embedding[a, s], normalize(n + delta, dim=0))


def test_many_steps_find_the_most_similar_row_of_the_ball():
    batch = rows(LABELS)
    made = maker("adversarial", count=1, steps=400, step_size=0.005, epsilon=0.3)(batch, batch)[2]
    for a in range(len(LABELS)):
        q, n = batch.embedding[a], hardest_of(batch.embedding, a, 1)[0]
        angle = torch.arccos(q @ n) - torch.arcsin(torch.tensor(0.3).double())
        assert angle > 0, "the ball does not hold the anchor's own direction"
        assert made.embedding[a, 0] @ q == pytest.approx(torch.cos(angle).item(), abs=1e-4)


def test_every_step_more_brings_it_nearer_and_the_ball_holds_it():
    batch = rows(LABELS)
    near = []
    for steps in (1, 2, 3):
        made = maker("adversarial", steps=steps, step_size=0.05, epsilon=0.12)(batch, batch)[2]
        near.append((made.embedding * batch.embedding[:, None]).sum(2))
    assert (near[1] > near[0]).all() and (near[2] > near[1]).all()
    moved = torch.zeros(3, 4)
    for _ in range(9):
        moved = ascend(moved, torch.randn(3, 4), 0.3, 0.5, "l2")
        assert (moved.norm(dim=1) <= 0.5 + 1e-6).all()


def test_tiny_slopes_take_a_whole_step():
    moved = ascend(torch.zeros(1, 2), torch.tensor([[3e-30, 4e-30]]), 1.0, 2.0, "l2")
    assert moved.norm() < 1.001
    moved = ascend(torch.zeros(1, 2), torch.tensor([[3e-9, 4e-9]]), 1.0, 2.0, "l2")
    torch.testing.assert_close(moved, torch.tensor([[0.6, 0.8]]))


def test_the_gradient_takes_the_shift_for_a_constant():
    labels = rows(LABELS)
    x = labels.embedding.clone().requires_grad_()
    live = labels._replace(embedding=x)
    made = maker("adversarial", count=1)(live, live)[2].embedding
    (found,) = torch.autograd.grad((made * torch.arange(6)).sum(), x)
    frozen = maker("adversarial", count=1)(labels, labels)[2].embedding
    y = labels.embedding.clone().requires_grad_()
    places = []
    for a in range(len(LABELS)):
        n = hardest_of(labels.embedding, a, 1)[0]
        places.append(int((labels.embedding == n).all(1).nonzero()))
    start = labels.embedding[places]
    moved = torch.zeros_like(start)[:, None]
    for _ in range(3):
        slope = slope_of_cosine(labels.embedding[:, None], start[:, None] + moved)
        moved = ascend(moved, slope, 0.1, 0.2, "l2")
    again = normalize(normalize(y, dim=1)[places] + moved[:, 0], dim=1)
    torch.testing.assert_close(again[:, None], frozen)
    (expected,) = torch.autograd.grad((again[:, None] * torch.arange(6)).sum(), y)
    torch.testing.assert_close(found, expected)
    assert not maker("adversarial", gradient=False)(live, live)[2].embedding.requires_grad
