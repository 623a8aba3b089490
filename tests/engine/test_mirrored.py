"""Rows against themselves, tile by tile of the upper triangle: the same as whole rows of blocks."""

import pytest
import torch

from lightning_contrast.engine.contrast import Contrast
from lightning_contrast.engine.mirrored import Mirror, Mirrored
from lightning_contrast.losses.cosine_margin import CosineMargin
from lightning_contrast.losses.pair_margin import PairMargin
from lightning_contrast.losses.supcon import SupCon
from lightning_contrast.miners.hardest import Hardest
from lightning_contrast.miners.keep_all import KeepAll
from lightning_contrast.pairings.drawn import Drawn
from lightning_contrast.pairings.instance import Instance
from lightning_contrast.pairings.label import Label
from tests.circle import rows

LABELS = [0, 1, 2, 0, 1, 2, 0, 0, 3, -1, 1, 4, 4, 0]


def scored(contrast, apart):
    """Sum, weight and gradient; ``apart`` hides that the candidates are the anchors."""
    batch = rows(LABELS)
    index = torch.tensor([i % 7 for i in range(len(LABELS))], dtype=batch.index.dtype)
    role = torch.tensor([i // 7 for i in range(len(LABELS))], dtype=batch.role.dtype)
    x = batch.embedding.clone().requires_grad_()
    batch = batch._replace(embedding=x, index=index, role=role)
    total, weight = contrast(batch, batch._replace() if apart else batch)
    (3 * total).backward()
    return total.detach(), weight, x.grad


@pytest.mark.parametrize("loss", [PairMargin(0.2, 1.1), PairMargin(power=1), CosineMargin(-0.3)])
@pytest.mark.parametrize("pairing", [Label(), Instance(), Instance(cross_view=True)], ids=repr)
@pytest.mark.parametrize("side", [1, 3, 4, 7, 13])
def test_tiles_of_any_side_give_what_blocks_of_rows_give(pairing, loss, side, monkeypatch):
    contrast = Contrast(pairing, KeepAll(), loss, block_rows=side, compile=False)
    expected = scored(contrast, apart=True)
    calls = []
    apply = Mirrored.apply
    monkeypatch.setattr(Mirrored, "apply", lambda *rest: calls.append(1) or apply(*rest))
    for value, wanted in zip(scored(contrast, apart=False), expected, strict=True):
        torch.testing.assert_close(value, wanted, rtol=1e-12, atol=1e-12)
    assert calls == [1]


def test_every_pair_of_tiles_is_seen_once():
    seen = []

    class Watched(CosineMargin):
        def pair_values(self, similarity, positive):
            seen.append(tuple(similarity.shape))
            return super().pair_values(similarity, positive)

    scored(Contrast(Label(), KeepAll(), Watched(), block_rows=5, compile=False), apart=False)
    assert seen == [(5, 5), (5, 5), (5, 4), (5, 5), (5, 4), (4, 4)]


def test_only_mutual_pairs_with_a_value_of_their_own_and_no_miner_are_mirrored():
    assert Mirror.serves(Label(), KeepAll(), PairMargin())
    assert not Mirror.serves(Drawn(), KeepAll(), PairMargin())
    assert not Mirror.serves(Label(), Hardest(), PairMargin())
    assert not Mirror.serves(Label(), KeepAll(), SupCon())


@pytest.mark.skipif(" " in torch.__file__, reason="Inductor can't compile from a path with a space")
def test_the_compiled_tiles_are_the_eager_ones():
    found = [
        scored(Contrast(Label(), KeepAll(), PairMargin(), block_rows=5, compile=c), apart=False)
        for c in (False, True)
    ]
    for eager, compiled in zip(*found, strict=True):
        torch.testing.assert_close(compiled, eager)
