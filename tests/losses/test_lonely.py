"""Losses that compare positives with negatives do not count an anchor that has none of one kind."""

import pytest
import torch

from lightning_contrast.types import Pairs
from tests.choices import build

COMPARE = ("info_nce", "n_pairs", "angular", "circle", "decoupled", "tuplet_margin")


@pytest.mark.parametrize("name", COMPARE)
@pytest.mark.parametrize("lacks", ["positive", "negative"])
def test_an_anchor_without_one_kind_of_pair_counts_for_nothing(name, lacks):
    loss = build("loss", name, classes=4, embedding_size=6)
    similarity = torch.tensor([[0.8, 0.1, -0.3], [0.7, 0.2, 0.1]], dtype=torch.float64)
    positive = torch.tensor([[True, False, False], [lacks != "positive", False, False]])
    negative = torch.tensor([[False, True, True], [False, *[lacks != "negative"] * 2]])
    alone = loss(similarity[:1], Pairs(positive[:1], negative[:1]))
    both = loss(similarity, Pairs(positive, negative))
    assert both[1].item() == alone[1].item() == 1
    torch.testing.assert_close(both[0], alone[0])
