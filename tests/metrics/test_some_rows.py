"""A draw of rows stands for all of them."""

import torch
from torch.nn.functional import normalize

from lightning_contrast.metrics.retrieval import retrieval_scores
from lightning_contrast.metrics.some_rows import some_rows


def test_rows_stay_together_in_their_order_and_are_the_same_each_time():
    row, other = some_rows(torch.arange(100), torch.arange(100) * 2, most=30)
    assert len(row.unique()) == 30 and (row.diff() > 0).all()
    assert torch.equal(other, 2 * row)
    assert torch.equal(row, some_rows(torch.arange(100), most=30)[0])


def test_figures_of_the_draw_are_near_those_of_all_rows():
    label = torch.arange(4).repeat(500)
    generator = torch.Generator().manual_seed(0)
    means = torch.randn(4, 8, generator=generator)
    rows = normalize(means[label] + torch.randn(2000, 8, generator=generator))
    few, kind = some_rows(rows, label, most=500)
    drawn, whole = retrieval_scores(few, kind, (1,)), retrieval_scores(rows, label, (1,))
    for name in ("map_at_r", "recall_at_1"):
        assert abs(drawn[name] - whole[name]) < 0.03
