"""Boxes against loops, and average precision against a case worked by hand."""

import numpy as np
import pytest
import torch

from lightning_contrast.metrics.boxes import centre_cells, generalized_overlap, kept, overlap
from lightning_contrast.metrics.coco import Marked, average_precision


def boxes(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    corner = torch.rand(*shape, 2, generator=generator, dtype=torch.float64)
    side = 0.05 + 0.5 * torch.rand(*shape, 2, generator=generator, dtype=torch.float64)
    return torch.cat((corner, corner + side), -1)


def iou(a, b):
    wide = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
    high = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    sizes = [(x[2] - x[0]) * (x[3] - x[1]) for x in (a, b)]
    return wide * high / (sum(sizes) - wide * high)


def test_overlaps_are_those_of_a_loop_and_a_box_around_both_is_heeded():
    one, other = boxes(60), boxes(60, seed=1)
    for a, b, found, more in zip(
        one.tolist(),
        other.tolist(),
        overlap(one, other)[0].tolist(),
        generalized_overlap(one, other).tolist(),
        strict=True,
    ):
        around = (max(a[2], b[2]) - min(a[0], b[0])) * (max(a[3], b[3]) - min(a[1], b[1]))
        sizes = [(x[2] - x[0]) * (x[3] - x[1]) for x in (a, b)]
        union = sum(sizes) / (1 + iou(a, b))
        assert found == pytest.approx(iou(a, b))
        assert more == pytest.approx(iou(a, b) - (around - union) / around)


@pytest.mark.parametrize("most", [0.2, 0.5])
def test_suppression_is_the_greedy_loop(most):
    box, label = boxes(30, 40), torch.randint(3, (30, 40), generator=torch.manual_seed(0))
    box[:, :, 2:] += 0.3
    found = kept(box, label, most)
    for row in range(len(box)):
        stays: list[int] = []
        for at in range(40):
            pairs = [other for other in stays if label[row, other] == label[row, at]]
            if all(iou(box[row, other].tolist(), box[row, at].tolist()) <= most for other in pairs):
                stays.append(at)
        assert found[row].nonzero().flatten().tolist() == stays
    assert 0.1 < found.double().mean() < 0.9


def test_a_centre_on_the_far_border_is_in_the_last_cell():
    box = torch.tensor([[1.0, 1.0, 1.0, 1.0], [0.0, 0.0, 0.0, 0.0]])
    assert centre_cells(box, 3).tolist() == [8, 0]


def marked(*entries):
    row, box, label, chance = zip(*entries, strict=True)
    return Marked(np.array(row), np.array(box), np.array(label), np.array(chance))


def test_average_precision_is_that_of_a_case_worked_by_hand():
    # Three true boxes of class a. By chance: right, wrong, right, and one is missed, so that the
    # precision is 1 up to a recall of 1/3, 2/3 up to 2/3 and 0 beyond: of 101 recalls 34, 33, 34.
    one, two, other = (0.0, 0.0, 0.4, 0.4), (0.5, 0.5, 0.9, 0.9), (0.1, 0.6, 0.3, 0.8)
    gold = marked((5, one, 0, 1), (5, two, 0, 1), (7, one, 0, 1), (7, two, 1, 1))
    found = marked((5, one, 0, 0.9), (7, other, 0, 0.8), (7, one, 0, 0.7), (7, two, 1, 0.1))
    scores = average_precision(gold, found, [5, 7, 9], ["a", "b", "c"])
    assert scores["ap50/a"] == pytest.approx((34 + 33 * 2 / 3) / 101)
    assert scores["ap50/b"] == pytest.approx(1.0) and "ap50/c" not in scores
    assert scores["ap50"] == pytest.approx((scores["ap50/a"] + 1) / 2)
    # An overlap of 0.8 counts up to that threshold: for seven of ten.
    wide = marked((5, (0.0, 0.0, 0.4, 0.32), 0, 0.9))
    only = average_precision(marked((5, one, 0, 1)), wide, [5], ["a"])
    assert only["ap"] == pytest.approx(0.7, abs=0.11) and only["ap75"] == pytest.approx(1.0)
    none = Marked(*(column[:0] for column in gold))
    assert average_precision(gold, none, [5, 7], ["a", "b"])["ap50"] == 0
    assert average_precision(none, gold, [5, 7], ["a", "b"]) == {}
