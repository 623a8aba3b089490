"""The head of centres against loops over cells and boxes."""

import math

import pytest
import torch
from torch.nn.functional import sigmoid

from lightning_contrast.errors import InputError
from lightning_contrast.heads._targets import targets
from lightning_contrast.heads.centers import Centers
from lightning_contrast.metrics.boxes import generalized_overlap, kept
from tests.choices import build, run_of

SIDE, CLASSES = 6, 3
LABEL = torch.tensor(
    [
        [[0, 0.05, 0.1, 0.75, 0.9], [2, 0.5, 0.4, 0.9, 1.0], [0, 0.1, 0.1, 0.2, 0.15]],
        [[1, 0.3, 0.3, 0.35, 0.9], [-1, 0, 0, 0, 0], [-1, 0, 0, 0, 0]],
        [[-1, 0, 0, 0, 0]] * 3,
    ],
    dtype=torch.float64,
)


def by_loop(label):
    """Heat maps, and for each cell the box that it answers for with its Gaussian."""
    heat = torch.zeros(len(label), SIDE * SIDE, CLASSES, dtype=torch.float64)
    own = {}
    for row in range(len(label)):
        for number, (kind, left, top, right, bottom) in enumerate(label[row].tolist()):
            if kind < 0:
                continue
            middle = [int((left + right) / 2 * SIDE), int((top + bottom) / 2 * SIDE)]
            wide, high = (0.54 * SIDE * side for side in (right - left, bottom - top))
            for cell in range(SIDE * SIDE):
                x, y = cell % SIDE - middle[0], cell // SIDE - middle[1]
                if (abs(x) > wide / 2 or abs(y) > high / 2) and (x, y) != (0, 0):
                    continue
                sigma = wide / 6, high / 6
                value = math.exp(-(x**2) / (2 * sigma[0] ** 2) - y**2 / (2 * sigma[1] ** 2))
                heat[row, cell, int(kind)] = max(value, heat[row, cell, int(kind)])
                area = (right - left) * (bottom - top)
                if (row, cell) not in own or area < own[row, cell][0]:
                    own[row, cell] = (area, number, value)
    return heat, own


def test_targets_are_those_of_a_loop():
    heat, weight, box = targets(LABEL, SIDE, CLASSES)
    expected, own = by_loop(LABEL)
    torch.testing.assert_close(heat, expected)
    assert (heat == 1).sum() == 4, "one cell for each box"
    sums = {}
    for (row, _), (_, number, value) in own.items():
        sums[row, number] = sums.get((row, number), 0) + value
    for row in range(len(LABEL)):
        for cell in range(SIDE * SIDE):
            _, number, value = own.get((row, cell), (0, None, 0.0))
            share = value / sums[row, number] if value else 0.0
            assert weight[row, cell].item() == pytest.approx(share, abs=1e-9)
            if value:
                torch.testing.assert_close(box[row, cell], LABEL[row, number, 1:])


def head_and_features():
    torch.manual_seed(0)
    head = Centers(5, CLASSES, width=7, box_weight=0.7)
    return head, torch.randn(len(LABEL), SIDE * SIDE, 5, requires_grad=True)


def test_the_loss_and_its_slope_are_those_of_a_loop():
    head, features = head_and_features()
    total, weight = head.loss(features, LABEL.float())
    heat, own = by_loop(LABEL)
    logits, boxes = head(features).double(), head.boxes(features).double()
    expected = 0.0
    for row in range(len(LABEL)):
        for cell in range(SIDE * SIDE):
            for kind in range(CLASSES):
                p, h = sigmoid(logits[row, cell, kind]), heat[row, cell, kind]
                if h == 1:
                    expected -= (1 - p) ** 2 * p.log()
                else:
                    expected -= (1 - h) ** 4 * p**2 * (1 - p).log()
    sums = {}
    for (row, _), (_, number, value) in own.items():
        sums[row, number] = sums.get((row, number), 0) + value
    for (row, cell), (_, number, value) in own.items():
        apart = 1 - generalized_overlap(boxes[row, cell], LABEL[row, number, 1:])
        expected += 0.7 * value / sums[row, number] * apart
    assert weight == 4
    torch.testing.assert_close(total.double(), expected, rtol=1e-5, atol=1e-5)
    wanted = torch.autograd.grad(expected, features, retain_graph=True)[0]
    torch.testing.assert_close(
        torch.autograd.grad(total, features)[0], wanted, rtol=1e-3, atol=1e-5
    )


def test_a_batch_without_a_box_counts_nothing():
    head, features = head_and_features()
    assert head.loss(features, LABEL[[2, 2, 2]].float())[1] == 0
    assert head.judged(features, LABEL[[2, 2, 2]].float())[1].tolist() == []


def test_found_boxes_are_the_peaks_that_no_surer_one_covers():
    head, features = head_and_features()
    found = head.found(features)
    chance, boxes = head(features).sigmoid(), head.boxes(features).clamp(0, 1)
    for row in range(len(LABEL)):
        peaks = []
        for cell in range(SIDE * SIDE):
            x, y = cell % SIDE, cell // SIDE
            near = [
                (y + b) * SIDE + x + a
                for a in (-1, 0, 1)
                for b in (-1, 0, 1)
                if 0 <= x + a < SIDE and 0 <= y + b < SIDE
            ]
            for kind in range(CLASSES):
                if chance[row, cell, kind] == chance[row, near, kind].max():
                    peaks.append((chance[row, cell, kind].item(), cell, kind))
        peaks.sort(reverse=True)
        own = torch.stack([boxes[row, cell] for _, cell, _ in peaks])
        label = torch.tensor([kind for _, _, kind in peaks])
        stays = kept(own[None], label[None])[0].nonzero().flatten().tolist()
        there = found.chance[row] > 0
        assert found.label[row][there].tolist() == [peaks[at][2] for at in stays]
        torch.testing.assert_close(found.box[row][there], own[stays])


def test_what_it_needs_is_told():
    dense = {"arguments": {"encoder": {"dense": True}}}
    Centers.check(run_of(**dense))
    with pytest.raises(InputError, match=r"view ImageView moves or hides some: set view=identity"):
        Centers.check(run_of(view=build("view", "weak"), **dense))
    colours = build("view", "weak")
    colours.flip = colours.translate = 0.0
    Centers.check(run_of(view=colours, **dense))
    with pytest.raises(InputError, match=r"as many cells across as down, and the encoder gives 12"):
        Centers(4, 2).found(torch.zeros(1, 12, 4))
