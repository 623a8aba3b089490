"""Unit vectors of any type."""

import pytest
import torch

from lightning_contrast.batch import normalized
from lightning_contrast.engine.contrast import Contrast
from lightning_contrast.testing.rows import ScoredLabels, batch_for, rows, teacher_of
from tests.choices import build, names

TYPES = pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])


@TYPES
def test_a_row_of_zeros_and_its_gradient_are_finite_for_every_loss(dtype):
    # These have negatives of a cosine above 0.5, which loss=negative_margin pushes.
    vectors = rows([0, 0, 1, 1, 2, 2], seed=2).embedding.to(dtype)
    vectors[2] = 0
    for name in names("loss"):
        loss = build("loss", name, classes=4, embedding_size=6)
        contrast = Contrast(ScoredLabels(), build("miner", "keep_all"), loss, teacher=teacher_of)
        leaf = vectors.clone().requires_grad_()
        anchors, candidates = batch_for(loss, rows([0, 0, 1, 1, 2, 2], dtype=dtype))
        if loss.anchors_are_prototypes:
            candidates = candidates._replace(embedding=normalized(leaf))
        else:
            same, anchors = candidates is anchors, anchors._replace(embedding=normalized(leaf))
            candidates = anchors if same else candidates
        total, _ = contrast(anchors, candidates)
        total.backward()
        assert total.isfinite() and leaf.grad.isfinite().all(), name
        assert leaf.grad.any() and not leaf.grad[2].any(), name


@TYPES
def test_other_rows_are_those_of_torch_to_the_bit(dtype):
    vectors = rows([0, 1, 2]).embedding.to(dtype)
    assert torch.equal(normalized(vectors), torch.nn.functional.normalize(vectors, dim=1))


def test_nan_stays_nan():
    assert normalized(torch.tensor([[torch.nan, 1.0], [torch.inf, 1.0]])).isnan().any(1).all()
