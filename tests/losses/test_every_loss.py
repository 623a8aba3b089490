"""What holds for every loss: a new one is found by its YAML in conf/loss."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lightning_contrast.engine.contrast import Contrast
from lightning_contrast.miners.hardest import Hardest
from lightning_contrast.miners.keep_all import KeepAll
from lightning_contrast.miners.semi_hard import SemiHard
from lightning_contrast.pairings.label import Label
from lightning_contrast.types import Role
from tests.choices import build, names
from tests.circle import batch_for, pairs_between, rows

LABELS = [0, 1, 2, 0, 1, 2, 0, 0, 3, -1, 1]  # unequal classes, one single row, one unlabelled
MINERS = [KeepAll(), Hardest(), SemiHard(0.8)]
FLOAT32 = {"rtol": 1e-3, "atol": 1e-3}
SURROGATE = {"circle"}  # by definition, the gradient is not the slope of the value
losses = pytest.mark.parametrize("name", names("loss"))


def loss_of(name):
    return build("loss", name, classes=4, embedding_size=6)


def make(name, miner=None, **settings):
    return Contrast(Label(), miner or KeepAll(), loss_of(name), compile=False, **settings)


def each(function, anchors, candidates):
    """Both sides changed by a function; one that is both is changed once."""
    changed = function(anchors)
    return changed, changed if candidates is anchors else function(candidates)


def leaf(side):
    return side._replace(embedding=side.embedding.detach().clone().requires_grad_())


def mean_and_gradient(contrast, anchors, candidates):
    """The mean; the gradient of the batch's rows, or of anchors and of candidates in one column."""
    anchors, candidates = each(leaf, anchors, candidates)
    total, weight = contrast(anchors, candidates)
    mean = total / weight.clamp_min(1)
    mean.backward()
    return mean.detach(), gradient_of(anchors, candidates)


def gradient_of(anchors, candidates):
    if candidates is anchors:
        return anchors.embedding.grad
    return torch.cat([anchors.embedding.grad, candidates.embedding.grad])


@losses
@pytest.mark.parametrize("miner", MINERS, ids=repr)
@pytest.mark.parametrize("block_rows", [1, 7, 11, 100])
def test_blocks_give_value_and_gradient_of_the_full_matrix(name, miner, block_rows):
    loss = loss_of(name)
    sides = batch_for(loss, rows(LABELS))
    anchors, candidates = each(leaf, *sides)
    loss.observe(anchors, candidates)
    similarity = anchors.embedding @ candidates.embedding.T
    total, weight = loss(similarity, miner(similarity.detach(), pairs_between(anchors, candidates)))
    expected = total / weight.clamp_min(1)
    expected.backward()
    value, gradient = mean_and_gradient(make(name, miner, block_rows=block_rows), *sides)
    torch.testing.assert_close(value, expected.detach(), rtol=1e-10, atol=1e-12)
    full = gradient_of(anchors, candidates)
    torch.testing.assert_close(gradient, full, rtol=1e-10, atol=1e-12)
    at_rest = name == "online_contrastive" and isinstance(miner, SemiHard)  # no pair is hard
    assert gradient.any() != at_rest


@pytest.mark.parametrize("name", [n for n in names("loss") if n not in SURROGATE])
def test_the_gradient_is_that_of_finite_differences(name):
    loss = loss_of(name)
    anchors, candidates = batch_for(loss, rows([0, 0, 1, 1, 2], seed=3))
    pairs = pairs_between(anchors, candidates)
    similarity = (anchors.embedding @ candidates.embedding.T).requires_grad_()
    assert torch.autograd.gradcheck(lambda s: loss(s, pairs)[0], similarity)


@losses
def test_permuting_the_batch_permutes_the_gradient(name):
    contrast = make(name)
    sides = batch_for(contrast.loss, rows(LABELS))
    order = torch.randperm(len(LABELS), generator=torch.Generator().manual_seed(1))

    def orders(side):  # prototypes stay where they are
        return torch.arange(len(side.role)) if side.role[0] == Role.PROTOTYPE else order

    def shuffled(side):
        label, embedding = side.label[orders(side)], side.embedding[orders(side)]
        return side._replace(label=label, embedding=embedding)

    value, gradient = mean_and_gradient(contrast, *sides)
    value_shuffled, gradient_shuffled = mean_and_gradient(contrast, *each(shuffled, *sides))
    torch.testing.assert_close(value_shuffled, value)
    moved = orders(sides[0])
    if sides[1] is not sides[0]:
        moved = torch.cat([moved, orders(sides[1]) + len(moved)])
    torch.testing.assert_close(gradient_shuffled, gradient[moved])


@losses
@pytest.mark.parametrize(
    "label", [[0], [0, 1], [0, 1, 2], [-1, -1, -1]], ids=["one", "two", "no-positive", "unlabelled"]
)
def test_a_batch_without_positives_gives_zero_and_no_gradient(name, label):
    contrast = make(name)
    anchors, candidates = batch_for(contrast.loss, rows(label))
    if contrast.loss.on_prototypes:  # prototypes of other classes
        candidates = candidates._replace(label=candidates.label + 4)
    if contrast.loss.anchors_are_prototypes:  # each class has one: no labels
        candidates = candidates._replace(label=torch.full_like(candidates.label, -1))
    value, gradient = mean_and_gradient(contrast, anchors, candidates)
    assert value == 0 and not gradient.any()
    assert contrast(anchors, candidates)[1] == 0


@losses
@pytest.mark.parametrize("classes", [1, 4])
@pytest.mark.parametrize(
    "label", [[0, 0], [0, 0, 0], [0, 0, 1], [0, 0, -1], [0, 0, 1, 1, 1, 2], [0] * 6]
)
def test_small_and_one_sided_batches_are_finite(name, label, classes):
    contrast = make(name)
    value, gradient = mean_and_gradient(contrast, *batch_for(contrast.loss, rows(label), classes))
    assert value.isfinite() and gradient.isfinite().all()


@losses
def test_zero_vectors_and_duplicates_are_finite(name):
    contrast = make(name)
    embedding = torch.ones(6, 4, dtype=torch.float64)
    embedding[4:] = 0
    sides = batch_for(contrast.loss, rows([0, 0, 1, 1, 0, 1], embedding=embedding))

    def degenerate(side):
        found = torch.full_like(side.embedding, 0.5)
        found[-2:] = 0
        found[2] *= -1 if side.role[0] == Role.PROTOTYPE else 1  # a prototype opposite to its rows
        return side._replace(embedding=found)

    value, gradient = mean_and_gradient(contrast, *each(degenerate, *sides))
    assert value.isfinite() and gradient.isfinite().all()


@losses
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_scored_in_float32(name, dtype):
    contrast = make(name)
    sides = batch_for(contrast.loss, rows(LABELS, dtype=dtype))
    value, gradient = mean_and_gradient(contrast, *sides)
    wide = each(lambda side: side._replace(embedding=side.embedding.float()), *sides)
    expected, expected_gradient = mean_and_gradient(contrast, *wide)
    assert value.dtype == torch.float32 and gradient.dtype == dtype
    torch.testing.assert_close(value, expected)
    torch.testing.assert_close(gradient.float(), expected_gradient, rtol=0.02, atol=0.02)


@pytest.mark.parametrize("name", [n for n in names("loss") if hasattr(loss_of(n), "temperature")])
@pytest.mark.parametrize("temperature", [0.005, 0.05, 1.0, 10.0])
def test_float32_is_finite_and_right_at_every_temperature(name, temperature):
    contrast = make(name)
    contrast.loss.temperature = temperature
    exactly, roughly = (
        mean_and_gradient(contrast, *batch_for(contrast.loss, rows(LABELS, dtype=dtype)))
        for dtype in (torch.float64, torch.float32)
    )
    torch.testing.assert_close(roughly[0].double(), exactly[0], rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(roughly[1].double(), exactly[1], rtol=1e-3, atol=1e-3)


@losses
def test_no_grad_gives_the_same_value(name):
    contrast = make(name, block_rows=4)
    sides = batch_for(contrast.loss, rows(LABELS))
    value, _ = mean_and_gradient(make(name), *sides)
    with torch.no_grad():
        total, weight = contrast(*sides)
    torch.testing.assert_close(total / weight, value)
    assert not total.requires_grad


@st.composite
def batches(draw):
    """Any labels, -1 and single rows among them; some rows are copies of others."""
    size = draw(st.integers(1, 12))
    label = draw(st.lists(st.integers(-1, 3), min_size=size, max_size=size))
    copies = st.lists(st.integers(0, size - 1), min_size=size, max_size=size)
    source = draw(st.just(list(range(size))) | copies)
    distinct = rows(label, seed=draw(st.integers(0, 9))).embedding
    dtype = draw(st.sampled_from([torch.float32, torch.float64]))
    return rows(label, embedding=distinct[source], dtype=dtype)


@losses
@settings(deadline=None, max_examples=25, derandomize=True, database=None)
@given(batch=batches(), block_rows=st.integers(1, 20), on_a_prototype=st.booleans())
def test_any_batch_is_finite_and_the_same_in_any_blocks(name, batch, block_rows, on_a_prototype):
    whole, blocks = make(name, block_rows=100), make(name, block_rows=block_rows)
    sides = batch_for(whole.loss, batch)

    def placed(side):  # the first prototype on the first row: a cosine of 1
        if side.role[0] != Role.PROTOTYPE or not on_a_prototype:
            return side
        return side._replace(embedding=torch.cat([batch.embedding[:1], side.embedding[1:]]))

    sides = each(placed, *sides)
    expected, expected_gradient = mean_and_gradient(whole, *sides)
    value, gradient = mean_and_gradient(blocks, *sides)
    assert value.isfinite() and gradient.isfinite().all()
    tolerance = {"rtol": 1e-8, "atol": 1e-8} if value.dtype == torch.float64 else FLOAT32
    torch.testing.assert_close(value, expected, **tolerance)
    if not copies(*sides):  # at a cosine of 1 there may be a kink: rounding picks the slope
        torch.testing.assert_close(gradient, expected_gradient, **tolerance)


def copies(anchors, candidates):
    found = anchors.embedding
    if candidates is not anchors:
        found = torch.cat([found, candidates.embedding])
    return len(found.unique(dim=0)) < len(found)
