import torch

from lightning_contrast.data.embedding import with_label
from tests.embedded import embedded


def test_unlabelled_rows_are_left_out():
    rows = embedded(torch.arange(60).numpy() % 3)
    mixed = rows._replace(label=torch.where(rows.index % 2 == 0, rows.label, -1))
    assert with_label(mixed).index.tolist() == list(range(0, 60, 2))
    assert with_label(rows) is rows
