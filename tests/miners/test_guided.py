"""Negatives that a guide drops, in loops, in blocks, and with a teacher in the engine."""

import pytest
import torch

from lightning_contrast.engine.contrast import Contrast
from lightning_contrast.losses.info_nce import InfoNCE
from lightning_contrast.losses.margin_mse import MarginMSE
from lightning_contrast.miners.guided import Guided
from lightning_contrast.miners.keep_all import KeepAll
from lightning_contrast.pairings.label import Label
from lightning_contrast.testing.rows import pairs_of, rows

LABELS = [0, 1, 2, 0, 1, 2, 0, 0, 3, -1, 1]
BATCH = rows(LABELS)
KEYS = rows(LABELS, width=5, seed=9).embedding
GUIDE = KEYS @ KEYS.T


def taught(batch):
    return KEYS[batch.index]


def stays(i, j, guide, absolute=0.0, relative=0.0):
    found = [guide[i][p] for p in range(len(LABELS)) if pairs_of(LABELS).positive[i, p]]
    return not found or guide[i][j] <= max(found) - relative * abs(max(found)) - absolute


@pytest.mark.parametrize("margins", [(0.0, 0.0), (0.1, 0.0), (0.0, 0.5), (0.1, 0.2)])
def test_a_negative_stays_if_it_is_not_more_similar_than_every_positive(margins):
    pairs, guide = pairs_of(LABELS), GUIDE.tolist()
    kept = Guided(*margins)(BATCH.embedding @ BATCH.embedding.T, pairs._replace(teacher=GUIDE))
    assert torch.equal(kept.positive, pairs.positive)
    for i in range(len(LABELS)):
        for j in range(len(LABELS)):
            expected = bool(pairs.negative[i, j]) and stays(i, j, guide, *margins)
            assert bool(kept.negative[i, j]) == expected
    assert kept.negative.sum() < pairs.negative.sum()


@pytest.mark.parametrize("block_rows", [4, 100])
def test_the_engine_asks_the_teacher(block_rows):
    contrast = Contrast(Label(), Guided(), InfoNCE(), block_rows, compile=False, teacher=taught)
    total, weight = contrast(BATCH, BATCH)
    pairs = pairs_of(LABELS)._replace(teacher=GUIDE)
    expected = InfoNCE()(BATCH.embedding @ BATCH.embedding.T, Guided()(GUIDE, pairs))
    torch.testing.assert_close((total, weight), expected)
    alone = Contrast(Label(), Guided(), InfoNCE(), compile=False)(BATCH, BATCH)
    assert alone[0] != total, "the network guides itself without a teacher"


def test_a_loss_that_reads_the_teacher_still_has_it_behind_the_miner():
    similarity = BATCH.embedding @ BATCH.embedding.T
    for miner in (KeepAll(), Guided()):
        contrast = Contrast(Label(), miner, MarginMSE(), compile=False, teacher=taught)
        pairs = pairs_of(LABELS)._replace(teacher=GUIDE)
        expected = MarginMSE()(similarity, miner(similarity, pairs)._replace(teacher=GUIDE))
        torch.testing.assert_close(contrast(BATCH, BATCH), expected)
