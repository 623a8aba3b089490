"""Pairs within a sample, and the contrast of SimCTG that is made of them."""

import pytest
import torch

from lightning_contrast.batch import Batch, Counts, normalized, place_columns
from lightning_contrast.engine.contrast import Contrast
from lightning_contrast.errors import InputError
from lightning_contrast.losses.negative_margin import NegativeMargin
from lightning_contrast.miners.keep_all import KeepAll
from lightning_contrast.pairings.within import Within
from lightning_contrast.types import Rows
from tests.choices import build, run_of

SAMPLE = torch.tensor([0, 0, 0, 1, 2, 2])  # one token of sample 1: it has no negative
PLACE = torch.tensor([0, 1, 40, 0, 0, 3])


def tokens():
    torch.manual_seed(0)
    label = torch.zeros(3, dtype=torch.long)
    batch = Batch(None, label, torch.tensor([7, 7, 9]), Counts(3, 0, 0))
    vectors = torch.randn(6, 3, dtype=torch.float64, requires_grad=True)
    columns = place_columns(batch, SAMPLE, PLACE)
    return vectors, Rows(normalized(vectors), torch.zeros(6).int(), *columns)


@pytest.mark.parametrize("margin", [0.5, 1.5])
def test_the_contrast_is_that_of_a_loop_over_the_texts(margin):
    vectors, rows = tokens()
    contrast = Contrast(Within(), KeepAll(), NegativeMargin(margin), block_rows=2, compile=False)
    total, weight = contrast(rows, rows)
    unit, by_anchor = torch.nn.functional.normalize(vectors, dim=1), []
    for i in range(6):
        others = [j for j in range(6) if SAMPLE[j] == SAMPLE[i] and j != i]
        if others:
            gaps = [margin - unit[i] @ unit[i] + unit[i] @ unit[j] for j in others]
            by_anchor.append(sum(gap.clamp_min(0) for gap in gaps) / len(others))
    assert weight == len(by_anchor) == 5
    torch.testing.assert_close(total, sum(by_anchor))
    found, expected = (
        torch.autograd.grad(x, vectors, retain_graph=True)[0] for x in (total, sum(by_anchor))
    )
    torch.testing.assert_close(found, expected)
    assert found[[0, 1, 2, 4, 5]].any() and not found[3].any()


def test_views_and_queued_rows_are_no_pairs():
    _, rows = tokens()
    view = rows._replace(slot=rows.slot + 1)  # the role of positives
    assert not Within()(rows, view).negative.any()
    queued = rows._replace(slot=torch.full_like(rows.slot, -1))
    assert not Within()(queued, queued).negative.any()
    assert not Within()(rows, rows).positive.any()


def test_what_needs_positives_or_reads_whole_texts_is_refused():
    with pytest.raises(InputError, match="set loss=negative_margin"):
        Within().check(run_of())
    with pytest.raises(InputError, match="set unit=token"):
        Within().check(run_of(loss=build("loss", "negative_margin")))


def test_a_margin_of_0_would_be_no_contrast():
    with pytest.raises(InputError, match="greater than 0"):
        NegativeMargin(0.0)
