"""Positives read in few columns: the same value and gradient as over all columns."""

import pytest
import torch
from torch import nn

from lightning_contrast.batch import SLOTS
from lightning_contrast.engine.columns import few
from lightning_contrast.engine.contrast import Contrast
from lightning_contrast.miners.keep_all import KeepAll
from lightning_contrast.pairings.label import Label
from lightning_contrast.types import Role, Rows
from tests.choices import build, names
from tests.circle import batch_for

READS = [n for n in names("loss") if build("loss", n, classes=40).reads_near]


def batch(width: int = 8) -> Rows:
    """Two views of 50 samples: 18 classes of two to four, three single rows, seven unlabelled."""
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(100, width, generator=generator, dtype=torch.float64)
    sample = torch.arange(100) % 50
    label = torch.cat([torch.arange(40) % 18, torch.tensor([30, 31, 32]), -torch.ones(7)]).int()
    role = (torch.arange(100) >= 50).int() * int(Role.POSITIVE)
    return Rows(
        nn.functional.normalize(x, dim=1),
        label[sample],
        (sample * 3 + 7).int(),
        role,
        (SLOTS * sample + role).int(),
    )


def found(engine: Contrast, rows: Rows) -> list[torch.Tensor]:
    anchors, candidates = batch_for(engine.loss, rows, classes=40)
    x = anchors.embedding.clone().requires_grad_()
    c = x if candidates is anchors else candidates.embedding.clone().requires_grad_()
    anchors = anchors._replace(embedding=x)
    same = candidates.embedding is rows.embedding and anchors.slot is candidates.slot
    candidates = anchors if same else candidates._replace(embedding=c)
    total, weight = engine(anchors, candidates)
    total.backward()
    gradients = [] if x.grad is None else [x.grad]
    return [total.detach(), weight, *gradients, *([] if same or c.grad is None else [c.grad])]


def assert_same(engine: Contrast, monkeypatch, **tolerance: float) -> None:
    read = found(engine, batch())
    assert read[0] > 0 and len(read) > 2
    with monkeypatch.context() as patch:
        patch.setattr(Contrast, "few", lambda self, anchors, candidates: None)
        for ours, whole in zip(read, found(engine, batch()), strict=True):
            torch.testing.assert_close(ours, whole, **tolerance)


@pytest.mark.parametrize("name", READS)
@pytest.mark.parametrize("pairing", [n for n in names("pairing") if n != "explicit"])
def test_a_loss_is_the_same_over_few_columns(name, pairing, monkeypatch):
    loss = build("loss", name, classes=40)
    if loss.anchors_are_prototypes or loss.on_prototypes:
        pairing = "label"
    engine = Contrast(build("pairing", pairing), KeepAll(), loss.double(), 7, compile=False)
    anchors, candidates = batch_for(loss, batch(), classes=40)
    assert engine.few(anchors, candidates) is not None
    assert_same(engine, monkeypatch, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("name", [n for n in names("miner") if n != "distance_weighted"])
def test_a_miner_keeps_the_same_positives(name, monkeypatch):
    miner = build("miner", name)
    engine = Contrast(Label(), miner, build("loss", "info_nce"), 7, compile=False)
    assert miner.drops_only
    assert_same(engine, monkeypatch, rtol=1e-11, atol=1e-12)


@pytest.mark.slow
@pytest.mark.skipif(" " in torch.__file__, reason="Inductor can't compile from a path with a space")
@pytest.mark.parametrize("name", ["info_nce", "sigmoid"])
def test_a_compiled_block_is_the_same(name, monkeypatch):
    engine = Contrast(Label(), KeepAll(), build("loss", name), 25, compile=True)
    single = batch()._replace(embedding=batch().embedding.float())
    plain = Contrast(Label(), KeepAll(), engine.loss, 25, compile=False)
    for ours, eager in zip(found(engine, single), found(plain, single), strict=True):
        torch.testing.assert_close(ours, eager, rtol=1e-5, atol=1e-5)


def test_a_miner_that_may_add_positives_has_all_columns_read(monkeypatch):
    class Attracts(KeepAll):
        """Calls the most similar negative a positive."""

        drops_only = False

        def __call__(self, similarity, pairs):
            best = similarity >= similarity.masked_fill(~pairs.negative, -2).amax(1, keepdim=True)
            moved = pairs.negative & best
            return pairs._replace(positive=pairs.positive | moved, negative=pairs.negative & ~moved)

    engine = Contrast(Label(), Attracts(), build("loss", "info_nce"), 7, compile=False)
    assert engine.few(batch(), batch()) is None
    assert_same(engine, monkeypatch, rtol=0, atol=0)


def test_the_columns_of_an_anchor_hold_each_candidate_of_its_key_once():
    generator = torch.Generator().manual_seed(1)
    candidates = torch.randint(0, 60, (256,), generator=generator)
    anchors = torch.arange(-2, 62)
    places = few(anchors, candidates).columns(slice(0, 64))
    for key, row in zip(anchors.tolist(), places.tolist(), strict=True):
        assert len(set(row)) == len(row)
        assert set((candidates == key).nonzero()[:, 0].tolist()) <= set(row)


def test_many_columns_and_none_are_no_few():
    one_class = torch.zeros(64, dtype=torch.int32)
    assert few(one_class, one_class) is None
    assert few(one_class[:0], one_class) is None and few(one_class, one_class[:0]) is None
