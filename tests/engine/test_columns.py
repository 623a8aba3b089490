"""Negatives that belong to one anchor each, in the engine: value and gradients of the full way."""

import pytest
import torch
from torch.nn.functional import normalize

from lightning_contrast.engine.contrast import Contrast
from lightning_contrast.pairings.label import Label
from lightning_contrast.testing.rows import pairs_of, rows
from lightning_contrast.types import Made, Pairs, Rows
from tests.choices import build, names

LABELS = [0, 1, 2, 0, 1, 2, 0, 0, 3, -1, 1, 2]
LOSSES = [
    name
    for name in names("loss")
    if not (part := build("loss", name, classes=4, embedding_size=6)).on_prototypes
    and not part.anchors_are_prototypes
    and not part.needs_teacher
    and not part.reads_scores
]


def batch(count: int = 3):
    """Rows, what is made for each, and the tensors that the gradients are for."""
    x = rows(LABELS).embedding.requires_grad_()
    generator = torch.Generator().manual_seed(5)
    made = normalize(torch.randn(len(x), count, 6, generator=generator).double(), dim=2)
    valid = torch.rand(len(x), count, generator=generator) < 0.7
    return rows(LABELS)._replace(embedding=x), Made(made.requires_grad_(), valid)


def full(anchors, made, miner, loss):
    """The whole matrix in plain autograd, with further columns for each row."""
    x = anchors.embedding
    similarity = torch.cat((x @ x.T, torch.einsum("ad,asd->as", x, made.embedding)), 1)
    positive, negative = pairs_of(LABELS)[:2]
    none = torch.zeros_like(made.valid)
    pairs = Pairs(torch.cat((positive, none), 1), torch.cat((negative, made.valid), 1))
    return loss(similarity, miner(similarity.detach(), pairs))


@pytest.mark.parametrize("block_rows", [None, 5])
@pytest.mark.parametrize("miner", ["keep_all", "hardest"])
@pytest.mark.parametrize("name", LOSSES)
def test_own_columns_have_the_value_and_gradients_of_the_full_matrix(name, miner, block_rows):
    loss, mined = build("loss", name).double(), build("miner", miner)
    anchors, made = batch()
    engine = Contrast(Label(), mined, loss, block_rows=block_rows, compile=False)
    leaves = [anchors.embedding, made.embedding]
    results = []
    for total, weight in (engine(anchors, anchors, made), full(anchors, made, mined, loss)):
        results.append((total, weight, *torch.autograd.grad(total, leaves)))
    for found, expected in zip(*results, strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-12)
    scored = miner != "hardest" and loss.scores_negatives
    assert not scored or results[0][3][made.valid].abs().sum() > 0
    assert results[0][3][~made.valid].abs().sum() == 0


def test_a_made_row_changes_the_score_of_its_anchor_only():
    anchors, made = batch(1)
    loss, seen = build("loss", "supcon"), []
    for turn in (1, -1):
        embedding = made.embedding.detach().clone()
        embedding[0] *= turn
        engine = Contrast(Label(), build("miner", "keep_all"), loss, compile=False)
        every = [
            engine(
                Rows(*(c[a : a + 1] for c in anchors)), anchors, Made(*(c[a : a + 1] for c in m))
            )
            for m in [Made(embedding, made.valid)]
            for a in range(len(LABELS))
        ]
        seen.append(torch.stack([total.detach() for total, _ in every]))
    assert made.valid[0, 0]
    assert (seen[0] != seen[1]).tolist() == [True] + [False] * (len(LABELS) - 1)


@pytest.mark.slow
@pytest.mark.skipif(" " in torch.__file__, reason="Inductor can't compile from a path with a space")
def test_the_compiled_block_agrees_with_the_eager_one():
    anchors, made = batch()
    values = []
    for compiled in (False, True):
        miner, loss = build("miner", "keep_all"), build("loss", "supcon").double()
        engine = Contrast(Label(), miner, loss, block_rows=6, compile=compiled)
        total = engine(anchors, anchors, made)[0]
        values.append((total, *torch.autograd.grad(total, [anchors.embedding, made.embedding])))
    for found, expected in zip(*values, strict=True):
        torch.testing.assert_close(found, expected)
