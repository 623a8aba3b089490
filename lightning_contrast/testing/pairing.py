"""What holds for every pairing."""

from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from torch import Tensor

from lightning_contrast.batch import SLOTS
from lightning_contrast.pairings.pairing import Pairing
from lightning_contrast.runtime.distributed import gather
from lightning_contrast.testing.ranks import on_two_ranks
from lightning_contrast.types import Pairs, Rows

# three samples, each with an anchor, a positive and two explicit negatives
LABEL = torch.tensor([0, 1, -1, 0, 1, -1, 1, 2, 0, 2, 0, 1])
INDEX = torch.tensor([5, 6, 7, 5, 8, 7, 6, 9, 5, 9, 5, 6])
ROLE = torch.tensor([0, 0, 0, 1, 1, 1, 2, 2, 2, 2, 2, 2])
SAMPLE = torch.tensor([0, 1, 2, 0, 1, 2, 0, 0, 1, 1, 2, 2])
ROWS = Rows(torch.eye(12), LABEL, INDEX, ROLE, SLOTS * SAMPLE + ROLE)
ANCHORS = Rows(*(column[:6] for column in ROWS))
SHARES = ((SAMPLE == 0, SAMPLE > 0), (SAMPLE < 0, SAMPLE >= 0))
"""Which rows two processes have: some each, or one of them none."""


def check_pairing(pairing: Pairing) -> None:
    """Raises ``AssertionError`` unless a pairing holds what all pairings of the package hold.

    Its class stands at the top of a file: two processes import it.
    """
    for check in CHECKS:
        check(pairing)
    with TemporaryDirectory() as folder:
        found = on_two_ranks(partial(_on_a_rank, pairing=pairing), Path(folder))
    for number, masks in enumerate(found):
        for (positive, negative), shares in zip(masks, SHARES, strict=True):
            order = torch.cat([share.nonzero()[:, 0] for share in shares])
            whole = pairing(take(ROWS, shares[number]), ROWS)
            assert torch.equal(positive, whole.positive[:, order]), "ranks have other positives"
            assert torch.equal(negative, whole.negative[:, order]), "ranks have other negatives"


def take(rows: Rows, which: Tensor | slice) -> Rows:
    return Rows(*(column[which] for column in rows))


def masks_are_disjoint_without_the_row_itself(pairing: Pairing) -> None:
    pairs = pairing(ANCHORS, ROWS)
    for mask in pairs[:2]:
        assert mask.dtype == torch.bool, f"a mask is of {mask.dtype}"
        assert mask.shape == (6, 12), f"a mask is {tuple(mask.shape)}, not anchors x candidates"
    assert not (pairs.positive & pairs.negative).any(), "a pair is positive and negative"
    own = (pairs.positive | pairs.negative)[:, :6].diagonal()
    assert not own.any(), "a row is its own pair"


def blocks_and_columns_are_those_of_the_full_masks(pairing: Pairing) -> None:
    whole = pairing(ANCHORS, ROWS)
    for rows in (slice(0, 0), slice(0, 1), slice(2, 6)):
        for columns in (slice(0, 0), slice(4, 9), slice(0, 12)):
            part = pairing(take(ANCHORS, rows), take(ROWS, columns))
            assert torch.equal(part.positive, whole.positive[rows, columns]), "other positives"
            assert torch.equal(part.negative, whole.negative[rows, columns]), "other negatives"


def embeddings_play_no_part(pairing: Pairing) -> None:
    whole = pairing(ANCHORS, ROWS)
    for embedding in (torch.full((12, 3), torch.nan), torch.zeros(12, 3, dtype=torch.float16)):
        other = ROWS._replace(embedding=embedding)
        found: Pairs = pairing(take(other, slice(0, 6)), other)
        assert torch.equal(found.positive, whole.positive)
        assert torch.equal(found.negative, whole.negative)


def _on_a_rank(number: int, pairing: Pairing) -> list[tuple[Tensor, Tensor]]:
    found = []
    for shares in SHARES:
        mine = take(ROWS, shares[number])
        pairs = pairing(mine, gather(mine))
        found.append((pairs.positive, pairs.negative))
    return found


CHECKS = (
    masks_are_disjoint_without_the_row_itself,
    blocks_and_columns_are_those_of_the_full_masks,
    embeddings_play_no_part,
)
"""The checks in one process, each of a pairing."""
