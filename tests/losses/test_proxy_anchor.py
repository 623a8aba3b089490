"""Proxy anchor: its formula over prototypes and rows, and the count of classes in the batch."""

import math

import pytest
import torch

from lightning_contrast.engine.contrast import Contrast
from lightning_contrast.losses.proxy_anchor import ProxyAnchor, distinct
from lightning_contrast.miners.keep_all import KeepAll
from lightning_contrast.pairings.label import Label
from lightning_contrast.testing.rows import batch_for, rows
from lightning_contrast.types import Pairs

CLASSES = 5  # some of them without a row


def proxy_anchor(prototypes, batch, m=0.1, t=1 / 32):
    """The paper's formula: over all prototypes and all rows."""
    pull, push, present = 0.0, 0.0, 0
    for p, owner in zip(prototypes.embedding, prototypes.label, strict=True):
        near = [(p @ x).item() for x, y in zip(*batch[:2], strict=True) if y == owner]
        far = [(p @ x).item() for x, y in zip(*batch[:2], strict=True) if y not in (owner, -1)]
        present += bool(near)
        pull += math.log(1 + sum(math.exp(-(s - m) / t) for s in near))
        push += math.log(1 + sum(math.exp((s + m) / t) for s in far))
    return pull / present + push / len(prototypes.label)


@pytest.mark.parametrize("block_rows", [1, 2, 100])
def test_proxy_anchor_is_the_formula_of_the_whole_batch_in_any_blocks(block_rows):
    loss = ProxyAnchor(CLASSES)
    prototypes, batch = batch_for(loss, rows([0, 1, 1, 0, -1, 3]), CLASSES)
    contrast = Contrast(Label(), KeepAll(), loss, block_rows=block_rows, compile=False)
    total, weight = contrast(prototypes, batch)
    assert weight == CLASSES
    assert (total / weight).item() == pytest.approx(proxy_anchor(prototypes, batch), rel=1e-10)


def test_proxy_anchor_counts_every_prototype_that_a_miner_left_without_pairs():
    loss = ProxyAnchor(classes=3)
    nothing = torch.zeros(3, 2, dtype=torch.bool)
    assert loss(torch.zeros(3, 2), Pairs(nothing, nothing))[1] == 0
    loss.observe(*batch_for(loss, rows([0, 1])))
    total, weight = loss(torch.zeros(3, 2), Pairs(nothing, nothing))
    assert (total.item(), weight.item()) == (0, 3)


def test_proxy_anchor_forgets_the_batch_before_and_is_0_without_labels():
    loss = ProxyAnchor(classes=4)
    contrast = Contrast(Label(), KeepAll(), loss, compile=False)
    assert contrast(*batch_for(loss, rows([0, 1, -1])))[1] == 4
    assert [part.item() for part in contrast(*batch_for(loss, rows([-1, -1])))] == [0, 0]
    assert not loss.state_dict()


@pytest.mark.parametrize(
    "label", [[], [-1], [-1, -1], [3], [2, 2], [5, -1, 0, 5, 3, -1, 0]], ids=str
)
def test_distinct_labels_are_counted_without_the_unlabelled(label):
    assert distinct(torch.tensor(label, dtype=torch.int32)) == len(set(label) - {-1})
