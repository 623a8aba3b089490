"""What holds for every loss: a new one is found by its YAML in conf/loss."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lightning_contrast.testing.gradients import contrast_of, each, mean_and_gradient
from lightning_contrast.testing.loss import CHECKS
from lightning_contrast.testing.rows import batch_for, rows
from lightning_contrast.types import Role
from tests.choices import build, names

FLOAT32 = {"rtol": 1e-3, "atol": 1e-3}
losses = pytest.mark.parametrize("name", names("loss"))


def loss_of(name):
    return build("loss", name, classes=4, embedding_size=6)


@losses
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_it_holds_that(name, check):
    check(loss_of(name))


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
@settings(max_examples=25, derandomize=True, database=None)
@given(batch=batches(), block_rows=st.integers(1, 20), on_a_prototype=st.booleans())
def test_any_batch_is_finite_and_the_same_in_any_blocks(name, batch, block_rows, on_a_prototype):
    whole, blocks = (contrast_of(loss_of(name), block_rows=rows) for rows in (100, block_rows))
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
