"""What holds for every miner."""

import torch
from torch import Tensor

from lightning_contrast.losses.supcon import SupCon
from lightning_contrast.miners.miner import Miner
from lightning_contrast.testing.ranks import two_processes_have_the_gradient_of_one
from lightning_contrast.testing.rows import pairs_of, rows
from lightning_contrast.types import Pairs

LABELS = [0, 1, 2, 0, 1, 2, 0, 0, 3, -1, 1]


def check_miner(miner: Miner) -> None:
    """Raises ``AssertionError`` unless a miner holds what all miners of the package hold.

    One that asks for ``embedding_size`` is made with 6. Its class stands at the top of a file: two
    processes import it. Miners that draw at random may keep other pairs in other blocks and ranks.
    """
    for check in CHECKS:
        check(miner)
    if not miner.draws_at_random:
        two_processes_have_the_gradient_of_one(SupCon(), miner)


def tile() -> tuple[Tensor, Pairs]:
    """The similarities of eleven rows of four classes, and their label pairs."""
    embedding = rows(LABELS).embedding
    return embedding @ embedding.T, pairs_of(LABELS)


def it_keeps_a_subset(miner: Miner) -> None:
    similarity, pairs = tile()
    kept = miner(similarity, pairs)
    assert not (kept.positive & ~pairs.positive).any(), "it makes pairs positive"
    assert not (kept.negative & ~pairs.negative).any(), "it makes pairs negative"


def it_keeps_the_same_in_any_block(miner: Miner) -> None:
    if miner.draws_at_random:
        return
    similarity, pairs = tile()
    kept = miner(similarity, pairs)
    for block in (slice(0, 1), slice(3, 8)):
        part = miner(similarity[block], Pairs(pairs.positive[block], pairs.negative[block]))
        assert torch.equal(part.positive, kept.positive[block]), "a block has other positives"
        assert torch.equal(part.negative, kept.negative[block]), "a block has other negatives"


def it_takes_rows_without_pairs(miner: Miner) -> None:
    for anchors in (0, 2):
        none = torch.zeros(anchors, 3, dtype=torch.bool)
        kept = miner(torch.zeros(anchors, 3), Pairs(none, none))
        assert not kept.positive.any(), "it makes positives where there are none"
        assert not kept.negative.any(), "it makes negatives where there are none"


def it_takes_a_row_of_one_kind_or_with_equal_rows(miner: Miner) -> None:
    one, none = torch.ones(2, 3, dtype=torch.bool), torch.zeros(2, 3, dtype=torch.bool)
    for similarity in (torch.ones(2, 3), -torch.ones(2, 3)):
        assert not miner(similarity, Pairs(one, none)).negative.any()
        assert not miner(similarity, Pairs(none, one)).positive.any()


def a_miner_of_single_pairs_says_so_beforehand_and_keeps_one_of_each(miner: Miner) -> None:
    kept = miner(*tile())
    assert kept.single == miner.gives_single, "gives_single and what it gives differ"
    if kept.single:
        assert kept.positive.sum(1).max() == 1, "an anchor has several positives"
        assert kept.negative.sum(1).max() == 1, "an anchor has several negatives"


def it_is_traced_as_one_graph(miner: Miner) -> None:
    similarity, pairs = tile()
    traced = torch.compile(miner.__call__, backend="eager", fullgraph=True)(similarity, pairs)
    torch.testing.assert_close(traced.positive, miner(similarity, pairs).positive)
    if not miner.draws_at_random:
        assert torch.equal(traced.negative, miner(similarity, pairs).negative)


CHECKS = (
    it_keeps_a_subset,
    it_keeps_the_same_in_any_block,
    it_takes_rows_without_pairs,
    it_takes_a_row_of_one_kind_or_with_equal_rows,
    a_miner_of_single_pairs_says_so_beforehand_and_keeps_one_of_each,
    it_is_traced_as_one_graph,
)
"""The checks in one process, each of a miner."""
