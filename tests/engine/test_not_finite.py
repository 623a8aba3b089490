"""A row of NaN is never left out without a word, whatever loss, miner and pairing there is."""

import pytest
import torch

from lightning_contrast.engine.contrast import Contrast
from lightning_contrast.testing.rows import ScoredLabels, batch_for, rows, teacher_of
from lightning_contrast.types import Made, Rows
from tests.choices import build, names

LABELS = [0, 1, 2, 0, 1, 2, 0, 0, 3, -1, 1]
SIZES = {"classes": 4, "embedding_size": 6}


def contrast(loss: str, miner: str, block_rows: int | None = None) -> Contrast:
    parts = ScoredLabels(), build("miner", miner, **SIZES), build("loss", loss, **SIZES)
    return Contrast(*parts, block_rows=block_rows, compile=False, teacher=teacher_of)


def with_nan(side: Rows, row: int) -> Rows:
    embedding = side.embedding.clone()
    embedding[row, 0] = torch.nan
    return side._replace(embedding=embedding)


def score(engine: Contrast, row: int, learns: bool) -> torch.Tensor:
    """The sum of the loss with NaN in a row of the batch."""
    anchors, candidates = batch_for(engine.loss, rows(LABELS))
    batch = candidates if engine.loss.anchors_are_prototypes else anchors
    broken = with_nan(batch, row)
    broken.embedding.requires_grad_(learns)
    return engine(*(broken if side is batch else side for side in (anchors, candidates)))[0]


@pytest.mark.parametrize("miner", names("miner"))
@pytest.mark.parametrize("loss", names("loss"))
def test_a_row_of_nan_makes_the_loss_nan(loss, miner):
    if build("loss", loss, **SIZES).joins_anchors and miner == "distance_weighted":
        return  # refused: it draws other pairs in each walk
    assert score(contrast(loss, miner), row=0, learns=True).isnan()


@pytest.mark.parametrize("learns", [True, False])
@pytest.mark.parametrize("row", [0, 8, 9], ids=["of-a-class", "single", "unlabelled"])
@pytest.mark.parametrize("loss", names("loss"))
def test_whichever_row_it_is_and_in_whichever_block(loss, row, learns):
    assert score(contrast(loss, "keep_all", block_rows=3), row, learns).isnan()


@pytest.mark.parametrize("miner", names("miner"))
def test_a_candidate_of_nan_does_too(miner):
    anchors, others = rows(LABELS), rows(LABELS, seed=3)
    others = with_nan(others._replace(slot=others.slot + 100), 4)
    assert contrast("supcon", miner)(anchors, others)[0].isnan()


def test_a_made_negative_of_nan_does_too():
    anchors = rows(LABELS)
    own = torch.full((len(LABELS), 1, 6), torch.nan, dtype=torch.float64)
    made = Made(own, torch.ones(len(LABELS), 1, dtype=torch.bool))
    assert contrast("info_nce", "hardest")(anchors, anchors, made)[0].isnan()
