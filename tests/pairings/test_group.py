"""Groups against the rule in words, and what has none."""

import pytest
import torch

from lightning_contrast.build.parts import build_datamodule, build_module
from lightning_contrast.errors import InputError
from lightning_contrast.pairings.group import Group
from lightning_contrast.testing.rows import rows
from tests.runs import composed, write_news

GROUPS = [0, 0, 3, 3, 3, 1]
BATCH = rows([0, 1, 0, 1, 0, 1])


def test_rows_of_a_group_are_positives_and_of_others_negatives_whatever_their_label():
    pairs = Group(GROUPS)(BATCH, BATCH)
    for a in range(6):
        for c in range(6):
            assert pairs.positive[a, c] == (a != c and GROUPS[a] == GROUPS[c])
            assert pairs.negative[a, c] == (GROUPS[a] != GROUPS[c])


def test_a_candidate_that_is_no_row_of_the_source_is_neither():
    made = BATCH._replace(index=torch.where(torch.arange(6) == 1, -1, BATCH.index))
    pairs = Group(GROUPS)(BATCH, made)
    assert not (pairs.positive | pairs.negative)[:, 1].any()
    assert pairs.positive[2].tolist() == [False, False, False, True, True, False]


def test_rows_without_groups_are_refused_in_a_line(tmp_path):
    for pairing in (lambda: Group(range(4)), lambda: Group()(BATCH, BATCH)):
        with pytest.raises(InputError, match=r"needs rows that share a group: set source.group_co"):
            pairing()
    news = write_news(tmp_path / "news.csv")
    run = composed("source=table", f"source.path={news}", "pairing=group")
    with pytest.raises(InputError, match=r"needs rows that share a group"):
        build_module(run, build_datamodule(run))
