"""Margin based loss against pytorch-metric-learning and a loop over triplets; its beta."""

import pytest
import torch
from torch.nn.functional import normalize

from lightning_contrast.engine.contrast import Contrast
from lightning_contrast.errors import InputError
from lightning_contrast.losses.margin import Margin
from lightning_contrast.miners.distance_weighted import DistanceWeighted
from lightning_contrast.miners.keep_all import KeepAll
from lightning_contrast.pairings.label import Label
from lightning_contrast.testing.rows import pairs_of, rows
from tests.losses.compare import LABELS, assert_float32_is_right


@pytest.mark.parametrize("nu", [0.0, 0.3])
@pytest.mark.parametrize("label", [[0, 1, 2, 0, 1, 2], [0, 0, 0, 0, 1, 1, 2]])
def test_value_and_gradients_are_those_of_pytorch_metric_learning(label, nu):
    from pytorch_metric_learning import losses

    ours, theirs = Margin(nu=nu).double(), losses.MarginLoss(nu=nu, learn_beta=True).double()
    found = []
    for loss in (ours, theirs):
        x = rows(label).embedding.clone().requires_grad_()
        unit = normalize(x, dim=1)
        if loss is ours:
            total, weight = ours(unit @ unit.T, pairs_of(label))
            value = total / weight
        else:
            value = theirs(unit, torch.tensor(label))
        value.backward()
        found.append((value.detach(), x.grad, loss.beta.grad.reshape(())))
    torch.testing.assert_close(found[0], found[1], rtol=1e-6, atol=1e-6)


def test_value_is_the_loop_over_triplets():
    x = rows(LABELS).embedding
    similarity, pairs = x @ x.T, pairs_of(LABELS)
    distance = (2 - 2 * similarity).clamp_min(0).sqrt()
    sides = [
        max(0.0, side)
        for a in range(len(LABELS))
        for p in range(len(LABELS))
        for n in range(len(LABELS))
        if pairs.positive[a, p] and pairs.negative[a, n]
        for side in (distance[a, p].item() - 1.1 + 0.3, 1.1 - distance[a, n].item() + 0.3)
    ]
    total, weight = Margin(0.3, 1.1).double()(similarity, pairs)
    assert weight == sum(side > 0 for side in sides) and 0 in sides
    assert total.item() == pytest.approx(sum(sides), rel=1e-6)
    assert_float32_is_right(Margin(learn_beta=False))


@pytest.mark.parametrize("block_rows", [1, 4, 11])
def test_beta_gets_the_gradient_of_the_full_matrix_in_blocks(block_rows):
    full, blocks = Margin().double(), Margin().double()
    batch = rows(LABELS)
    full(batch.embedding @ batch.embedding.T, pairs_of(LABELS))[0].backward()
    Contrast(Label(), KeepAll(), blocks, block_rows, compile=False)(batch, batch)[0].backward()
    torch.testing.assert_close(blocks.beta.grad, full.beta.grad, rtol=1e-10, atol=0)
    assert full.beta.grad.abs() > 0.1


def test_with_drawn_negatives_beta_moves_between_positives_and_negatives():
    torch.manual_seed(0)
    label = torch.arange(3).repeat_interleave(8)
    centres = torch.eye(3, 6)[label]
    loss = Margin(initial_beta=0.1)
    contrast = Contrast(Label(), DistanceWeighted(6, cutoff=0.1, nonzero_loss_cutoff=2), loss)
    optimizer = torch.optim.SGD(loss.parameters(), lr=0.05)
    batch = rows(label, embedding=centres + 0.2 * torch.randn(24, 6), dtype=torch.float32)
    for _ in range(100):
        optimizer.zero_grad()
        total, weight = contrast(batch, batch)
        (total / weight.clamp_min(1)).backward()
        optimizer.step()
    assert 0.6 < loss.beta.item() < 1.2


@pytest.mark.parametrize("nu", [0.0, 0.3])
@pytest.mark.parametrize("block_rows", [3, 100])
def test_each_class_may_have_a_beta_as_in_pytorch_metric_learning(block_rows, nu):
    from pytorch_metric_learning import losses

    label = [0, 0, 0, 1, 1, 2, 2]
    ours = Margin(by_class=True, classes=3, nu=nu).double()
    theirs = losses.MarginLoss(nu=nu, learn_beta=True, num_classes=3).double()
    start = torch.tensor([1.0, 1.2, 1.4], dtype=torch.float64)
    for loss in (ours, theirs):
        loss.beta.data.copy_(start)
    batch = rows(label)
    batch.embedding.requires_grad_()
    total, weight = Contrast(Label(), KeepAll(), ours, block_rows, compile=False)(batch, batch)
    expected = theirs(batch.embedding, torch.tensor(label))
    torch.testing.assert_close(total / weight, expected)
    (total / weight).backward()
    expected.backward()
    torch.testing.assert_close(ours.beta.grad, theirs.beta.grad)
    assert ours.beta.grad.unique().numel() == 3
    with pytest.raises(InputError, match=r"by_class=true needs the number of classes"):
        Margin(by_class=True)


def test_a_fixed_beta_is_not_learnt():
    assert not Margin(learn_beta=False).beta.requires_grad
    x = rows(LABELS).embedding.clone().requires_grad_()
    Margin(learn_beta=False)(x @ x.T, pairs_of(LABELS))[0].backward()
    assert x.grad.any()


@pytest.mark.parametrize(
    ("make", "words"),
    [(lambda: Margin(-0.1), "margin"), (lambda: Margin(initial_beta=0), "initial_beta")],
)
def test_bad_settings_are_named(make, words):
    with pytest.raises(InputError, match=words):
        make()
