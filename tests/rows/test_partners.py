"""Partners: rows that are drawn as the positives of others."""

import numpy as np
import torch

from lightning_contrast.data.dataset import ContrastiveDataset
from lightning_contrast.negatives.in_batch import InBatchNegatives
from lightning_contrast.positives.paired import PairedPositives
from lightning_contrast.rows.partners import numbers_of, partners_of
from lightning_contrast.types import Draw, Labelled

# Five pictures of three things, and six captions: 2 of thing 0, none of thing 1, 4 of thing 4.
THING = np.array([0, 0, 1, 4, 4, 4, 0, 4, 0, 4, 4])
SPLIT = np.array([0] * 5 + [-2] * 6, dtype=np.int8)


def rows() -> Labelled:
    return Labelled(
        [str(row) for row in range(11)], THING % 3, ("a", "b"), THING, SPLIT, {}, identity=THING
    )


def test_each_row_has_all_partners_of_its_identity_and_each_partner_an_owner() -> None:
    own = np.array([3, 0, 2, 1, 4])
    found = partners_of(rows(), own)
    assert found is not None
    for place, row in enumerate(own):
        first, count = found.first[place], found.count[place]
        expected = [r for r in range(5, 11) if THING[r] == THING[row]]
        assert sorted(found.row[first : first + count].tolist()) == expected
    assert (THING[own[found.owner]] == THING[found.row]).all()
    other = partners_of(rows(), np.array([2, 0]))
    assert other is not None
    assert other.row.tolist() == [6, 8], "those of rows that are not asked for are left out"


def test_a_row_draws_each_of_its_captions_and_of_its_fellows_and_never_another_things() -> None:
    own = np.arange(5)
    positives = PairedPositives(partners_of(rows(), own), identity=THING[:5], others=1)
    dataset = ContrastiveDataset(
        torch.from_numpy,
        THING % 3,
        own,
        positives,
        InBatchNegatives(),
        partners_of(rows(), own).row,  # type: ignore[union-attr]
        THING,
    )
    seen: dict[int, set[int]] = {row: set() for row in range(5)}
    fellows: dict[int, set[int]] = {row: set() for row in range(5)}
    for seed in range(60):
        batch = dataset.__getitems__(Draw(own, seed))
        assert batch.counts == (5, 2, 0)
        assert batch.index.tolist() == THING[batch.inputs.numpy()].tolist()
        assert batch.label.tolist() == (THING % 3)[batch.inputs.numpy()].tolist()
        drawn = batch.inputs.tolist()
        for row in range(5):
            seen[row].add(drawn[5 + row])
            fellows[row].add(drawn[10 + row])
    assert seen == {0: {6, 8}, 1: {6, 8}, 2: {2}, 3: {5, 7, 9, 10}, 4: {5, 7, 9, 10}}
    assert fellows == {0: {1}, 1: {0}, 2: {2}, 3: {4}, 4: {3}}


def test_people_count_rows_from_1_and_captions_by_their_first_row() -> None:
    found = numbers_of(rows(), np.arange(11))
    assert found.tolist() == [1, 2, 3, 4, 5, *(THING.tolist().index(t) + 1 for t in THING[5:])]
