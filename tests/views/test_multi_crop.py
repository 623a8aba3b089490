"""Large and small crops as several positives of a row: data, rows, pairings, gradients, ranks."""

import numpy as np
import pytest
import torch

from lightning_contrast.batch import Batch, columns, viewed
from lightning_contrast.data.dataset import ContrastiveDataset
from lightning_contrast.errors import InputError
from lightning_contrast.negatives.cross_class import CrossClassNegatives
from lightning_contrast.negatives.in_batch import InBatchNegatives
from lightning_contrast.pairings.explicit import Explicit
from lightning_contrast.pairings.instance import Instance
from lightning_contrast.pairings.label import Label
from lightning_contrast.positives.view import ViewPositives
from lightning_contrast.types import Draw, Role, Rows
from lightning_contrast.views.identity import Identity
from lightning_contrast.views.multi_crop import MultiCrop
from lightning_contrast.views.view import View
from tests.batches import by_role

LABEL = np.array([0, 1, 0, 1, 2, 2])


class Plus(View):
    def __init__(self, amount: float) -> None:
        super().__init__()
        self.amount = amount

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        return inputs + self.amount


def drawn(views: int, k: int = 2) -> Batch:
    images = torch.arange(6, dtype=torch.float32).view(6, 1, 1, 1)
    rule = CrossClassNegatives(labels=LABEL, k=k) if k else InBatchNegatives()
    dataset = ContrastiveDataset(
        lambda index: images[torch.from_numpy(index)],
        LABEL,
        np.arange(6),
        ViewPositives(crops=views),
        rule,
    )
    return dataset.__getitems__(Draw(np.array([4, 0, 3]), 0))


def test_positives_stand_view_by_view_each_a_copy_of_its_row() -> None:
    batch = drawn(views=4)
    assert batch.positive.index.tolist() == [4, 0, 3] * 3
    assert batch.positive.label.tolist() == [2, 0, 1] * 3
    assert batch.positive.inputs.flatten().tolist() == [4, 0, 3] * 3
    assert batch.negative.label.shape == (3, 2)


def test_the_first_crops_are_global_the_rest_local_and_negatives_global() -> None:
    batch = drawn(views=4)
    view = MultiCrop(Plus(10), Plus(100), crops=4, global_crops=2)
    seen = viewed(batch, view)
    added = [
        part.inputs - raw.inputs for part, raw in zip(by_role(seen), by_role(batch), strict=True)
    ]
    assert added[0].flatten().tolist() == [10.0] * 3
    assert added[1].flatten().tolist() == [10.0] * 3 + [100.0] * 6
    assert added[2].unique().tolist() == [10.0]
    one = viewed(drawn(views=2, k=0), MultiCrop(Plus(10), Plus(100), crops=2, global_crops=1))
    assert (one.anchor.inputs - one.positive.inputs).unique().tolist() == [-90.0]


def test_rows_without_positives_are_seen_globally() -> None:
    assert MultiCrop(Plus(1), Plus(2))(torch.zeros(5)).tolist() == [1.0] * 5


def test_another_number_of_positives_is_refused() -> None:
    with pytest.raises(InputError, match=r"view\.crops=6 needs 5 positives a row, .* got 3: set"):
        viewed(drawn(views=4), MultiCrop(Identity(), Identity()))


def test_more_global_crops_than_crops_are_refused() -> None:
    with pytest.raises(InputError, match=r"at most view\.crops=4, got 5: set view\.crops=6"):
        MultiCrop(Identity(), Identity(), crops=4, global_crops=5)


def test_the_number_of_views_that_is_set_wins_over_the_views_own() -> None:
    assert len(ViewPositives(views=3, crops=6)(np.arange(4), np.random.default_rng(0))) == 8
    assert len(ViewPositives(views=None, crops=6)(np.arange(4), np.random.default_rng(0))) == 20


def test_every_pairing_treats_several_positives_as_the_rule_in_words_says() -> None:
    from lightning_contrast.pairings.drawn import Drawn

    batch = drawn(views=4)
    label, index, role, slot = columns(batch)
    rows = Rows(torch.eye(len(label)), label, index, role, slot)
    n, p, k = 3, 9, 6
    sample = torch.tensor([0, 1, 2] * 4 + [0, 0, 1, 1, 2, 2])
    count = n + p + k
    anchors = Rows(*(column[: n + p] for column in rows))
    assert len(slot[: n + p].unique()) == n + p, "anchors and positives have slots of their own"

    def table(rule):
        return torch.tensor([[bool(rule(a, c)) for c in range(count)] for a in range(n + p)])

    expected = {
        Label: (
            lambda a, c: a != c and label[a] == label[c],
            lambda a, c: label[a] != label[c],
        ),
        Instance: (
            lambda a, c: a != c and index[a] == index[c],
            lambda a, c: index[a] != index[c],
        ),
        Drawn: (
            lambda a, c: a < n and n <= c < n + p and sample[a] == sample[c],
            lambda a, c: label[a] != label[c],
        ),
        Explicit: (
            lambda a, c: a < n and role[c] == Role.POSITIVE and sample[a] == sample[c],
            lambda a, c: a < n and role[c] == Role.NEGATIVE and sample[a] == sample[c],
        ),
    }
    for pairing, (positive, negative) in expected.items():
        pairs = pairing()(anchors, rows)
        assert torch.equal(pairs.positive, table(positive)), pairing
        assert torch.equal(pairs.negative, table(negative)), pairing
