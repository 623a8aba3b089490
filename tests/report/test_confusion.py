"""The confusion of many classes, and the pairs of classes that are closest, against loops."""

import math

import torch

from lightning_contrast.protocols.embedding import _closest
from lightning_contrast.report.confusion import MOST, confusion


def test_of_many_classes_those_with_most_wrong_rows_are_shown():
    generator = torch.Generator().manual_seed(0)
    label, predicted = (torch.randint(5000, (9000,), generator=generator) for _ in range(2))
    label[:400] = 7  # the class with most wrong rows
    predicted[:300] = 4000
    label[300:500] = 4000
    found = confusion(label, predicted, [f"class {n}" for n in range(5000)])
    assert found.matrix.shape == (MOST, MOST) and len(found.table.rows) == MOST
    assert "Of 5,000 classes" in found.table.caption
    pairs = list(zip(label.tolist(), predicted.tolist(), strict=True))
    numbers = [int(name.split()[1]) for name in found.classes]
    for i, j in ((numbers.index(7), numbers.index(4000)), (3, 5), (0, 0)):
        assert found.matrix[i, j] == pairs.count((numbers[i], numbers[j]))
    wrong = [sum(true == n != guess for true, guess in pairs) for n in (7, 4000)]
    assert min(wrong) >= 199 and found.matrix[numbers.index(7), numbers.index(4000)] >= 300


def test_the_closest_classes_are_those_of_all_pairs():
    generator = torch.Generator().manual_seed(1)
    means = torch.nn.functional.normalize(torch.randn(40, 5, generator=generator), dim=1)
    similarity = means @ means.T
    similarity[3] = similarity[:, 3] = math.nan  # a class without rows
    pairs = [(i, j) for i in range(40) for j in range(i + 1, 40) if 3 not in (i, j)]
    pairs.sort(key=lambda pair: -similarity[pair].item())
    rows = _closest(similarity, [str(n) for n in range(40)]).rows
    assert [(row[0], row[1]) for row in rows] == [(str(i), str(j)) for i, j in pairs[: len(rows)]]
    few = _closest(torch.tensor([[1.0, math.nan], [math.nan, math.nan]]), ["a", "b"])
    assert few.rows == []
