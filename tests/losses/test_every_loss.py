"""What holds for every loss: a new one is found by its YAML in conf/loss."""

import pytest
import torch

from lightning_contrast.engine import Contrast
from lightning_contrast.miners.hardest import Hardest
from lightning_contrast.miners.keep_all import KeepAll
from lightning_contrast.miners.semi_hard import SemiHard
from lightning_contrast.pairings.label import Label
from tests.choices import build, names
from tests.circle import pairs_of, rows

LABELS = [0, 1, 2, 0, 1, 2, 0, 0, 3, -1, 1]  # unequal classes, one single row, one unlabelled
MINERS = [KeepAll(), Hardest(), SemiHard(0.8)]
losses = pytest.mark.parametrize("name", names("loss"))


def make(name, miner=None, **settings):
    return Contrast(Label(), miner or KeepAll(), build("loss", name), compile=False, **settings)


def mean_and_gradient(contrast, batch):
    x = batch.embedding.detach().clone().requires_grad_()
    total, weight = contrast(batch._replace(embedding=x), batch._replace(embedding=x))
    mean = total / weight.clamp_min(1)
    mean.backward()
    return mean.detach(), x.grad


@losses
@pytest.mark.parametrize("miner", MINERS, ids=repr)
@pytest.mark.parametrize("block_rows", [1, 7, 11, 100])
def test_blocks_give_value_and_gradient_of_the_full_matrix(name, miner, block_rows):
    batch = rows(LABELS)
    x = batch.embedding.clone().requires_grad_()
    similarity = x @ x.T
    pairs = miner(similarity.detach(), pairs_of(LABELS))
    total, weight = build("loss", name)(similarity, pairs)
    expected = total / weight.clamp_min(1)
    expected.backward()
    value, gradient = mean_and_gradient(make(name, miner, block_rows=block_rows), batch)
    torch.testing.assert_close(value, expected.detach(), rtol=1e-10, atol=1e-12)
    torch.testing.assert_close(gradient, x.grad, rtol=1e-10, atol=1e-12)
    assert value > 0 and gradient.abs().max() > 0


@losses
def test_the_gradient_is_that_of_finite_differences(name):
    pairs = pairs_of([0, 0, 1, 1, 2])
    embedding = rows([0, 0, 1, 1, 2], seed=3).embedding
    loss = build("loss", name)
    similarity = (embedding @ embedding.T).requires_grad_()
    assert torch.autograd.gradcheck(lambda s: loss(s, pairs)[0], similarity)


@losses
def test_permuting_the_batch_permutes_the_gradient(name):
    batch = rows(LABELS)
    order = torch.randperm(len(LABELS), generator=torch.Generator().manual_seed(1))
    shuffled = rows(batch.label[order], embedding=batch.embedding[order])
    value, gradient = mean_and_gradient(make(name), batch)
    value_shuffled, gradient_shuffled = mean_and_gradient(make(name), shuffled)
    torch.testing.assert_close(value_shuffled, value)
    torch.testing.assert_close(gradient_shuffled, gradient[order])


@losses
@pytest.mark.parametrize(
    "label", [[0], [0, 1], [0, 1, 2], [-1, -1, -1]], ids=["one", "two", "no-positive", "unlabelled"]
)
def test_a_batch_without_positives_gives_zero_and_no_gradient(name, label):
    value, gradient = mean_and_gradient(make(name), rows(label))
    assert value == 0 and not gradient.any()


@losses
@pytest.mark.parametrize("label", [[0, 0], [0, 0, 0], [0, 0, 1], [0, 0, -1], [0, 0, 1, 1, 1, 2]])
def test_small_and_one_sided_batches_are_finite(name, label):
    value, gradient = mean_and_gradient(make(name), rows(label))
    assert value.isfinite() and gradient.isfinite().all()


@losses
def test_zero_vectors_and_duplicates_are_finite(name):
    embedding = torch.ones(6, 4, dtype=torch.float64)
    embedding[4:] = 0
    value, gradient = mean_and_gradient(make(name), rows([0, 0, 1, 1, 0, 1], embedding=embedding))
    assert value.isfinite() and gradient.isfinite().all()


@losses
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_scored_in_float32(name, dtype):
    batch = rows(LABELS, dtype=dtype)
    value, gradient = mean_and_gradient(make(name), batch)
    wide = batch._replace(embedding=batch.embedding.float())
    expected, expected_gradient = mean_and_gradient(make(name), wide)
    assert value.dtype == torch.float32 and gradient.dtype == dtype
    torch.testing.assert_close(value, expected)
    torch.testing.assert_close(gradient.float(), expected_gradient, rtol=0.02, atol=0.02)


@pytest.mark.parametrize(
    "name", [n for n in names("loss") if hasattr(build("loss", n), "temperature")]
)
@pytest.mark.parametrize("temperature", [0.005, 0.05, 1.0, 10.0])
def test_float32_is_finite_and_right_at_every_temperature(name, temperature):
    contrast = make(name)
    contrast.loss.temperature = temperature
    exact, exact_gradient = mean_and_gradient(contrast, rows(LABELS))
    value, gradient = mean_and_gradient(contrast, rows(LABELS, dtype=torch.float32))
    torch.testing.assert_close(value.double(), exact, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(gradient.double(), exact_gradient, rtol=1e-3, atol=1e-3)


@losses
def test_no_grad_gives_the_same_value(name):
    batch = rows(LABELS)
    value, _ = mean_and_gradient(make(name), batch)
    with torch.no_grad():
        total, weight = make(name, block_rows=4)(batch, batch)
    torch.testing.assert_close(total / weight, value)
    assert not total.requires_grad
