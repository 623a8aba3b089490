"""Each regulariser against its formula, in loops over rows and numbers, in float64."""

import cmath
import math
import statistics
from itertools import permutations

import pytest
import torch
from torch.nn.functional import normalize

from lightning_contrast.regularisers import angles
from lightning_contrast.regularisers.cross_correlation import CrossCorrelation
from lightning_contrast.regularisers.invariance import Invariance
from lightning_contrast.regularisers.koleo import KoLeo
from lightning_contrast.regularisers.sigreg import SigReg
from lightning_contrast.regularisers.uniformity import Uniformity
from lightning_contrast.regularisers.variance_covariance import VarianceCovariance
from tests.regularisers.test_every_regulariser import random_views


def by_number(view):
    """The columns of a view, as lists."""
    return view.T.tolist()


def pairs_of(views):
    return [(views[i], views[j]) for i in range(len(views)) for j in range(i + 1, len(views))]


def invariance(views):
    found = []
    for a, b in pairs_of(views):
        found += [(x - y) ** 2 for x, y in zip(a.flatten(), b.flatten(), strict=True)]
    return sum(found) / len(found)


def covariance(one, other):
    a, b = statistics.mean(one), statistics.mean(other)
    return sum((x - a) * (y - b) for x, y in zip(one, other, strict=True)) / (len(one) - 1)


def variance_covariance(views, variance=25, covariances=1, epsilon=1e-4):
    spread, apart = [], []
    for view in views:
        columns = by_number(view)
        deviations = [math.sqrt(statistics.variance(c) + epsilon) for c in columns]
        spread.append(statistics.mean(max(0, 1 - d) for d in deviations))
        squares = [
            covariance(columns[j], columns[k]) ** 2
            for j in range(len(columns))
            for k in range(len(columns))
            if j != k
        ]
        apart.append(sum(squares) / len(columns))
    return variance * statistics.mean(spread) + covariances * 2 * statistics.mean(apart)


def cross_correlation(views, redundancy=0.005, epsilon=1e-5):
    def hat(column):
        middle, spread = statistics.mean(column), statistics.pvariance(column)
        return [(x - middle) / math.sqrt(spread + epsilon) for x in column]

    found = []
    for a, b in pairs_of(views):
        one, other, total = [[hat(c) for c in by_number(view)] for view in (a, b)] + [0.0]
        for j in range(len(one)):
            for k in range(len(other)):
                c = statistics.mean(x * y for x, y in zip(one[j], other[k], strict=True))
                total += (1 - c) ** 2 if j == k else redundancy * c**2
        found.append(total)
    return statistics.mean(found)


def koleo(views, epsilon=1e-8):
    found = []
    for view in views:
        rows = normalize(view, dim=1).tolist()
        for i in range(len(rows)):
            others = [math.dist(rows[i], rows[j]) for j in range(len(rows)) if j != i]
            found.append(-math.log(min(others) + epsilon))
    return statistics.mean(found)


def uniformity(views, t=2.0):
    found = []
    for view in views:
        rows = normalize(view, dim=1).tolist()
        potentials = [
            math.exp(-t * math.dist(rows[i], rows[j]) ** 2)
            for i in range(len(rows))
            for j in range(len(rows))
            if i != j
        ]
        found.append(math.log(statistics.mean(potentials)))
    return statistics.mean(found)


def sigreg(views, directions=5, points=7, reach=3.0):
    drawn = torch.randn(views.shape[2], directions, generator=torch.Generator().manual_seed(0))
    step, found = 2 * reach / (points - 1), []
    for view in views:
        for vector in normalize(drawn, dim=0).double().T.tolist():
            along = [sum(map(float.__mul__, row, vector)) for row in view.tolist()]
            heights = []
            for point in range(points):
                t = -reach + step * point
                mean = sum(cmath.exp(1j * t * x) for x in along) / len(along)
                normal = math.exp(-(t**2) / 2)
                heights.append(abs(mean - normal) ** 2 * normal)
            area = step * (sum(heights) - (heights[0] + heights[-1]) / 2)
            found.append(len(along) * area)
    return statistics.mean(found)


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize(
    ("part", "reference"),
    [
        (Invariance(), invariance),
        (VarianceCovariance(), variance_covariance),
        (CrossCorrelation(), cross_correlation),
        (KoLeo(), koleo),
        (Uniformity(), uniformity),
        (SigReg(directions=5, points=7, reach=3.0), sigreg),
    ],
    ids=lambda value: type(value).__name__,
)
def test_the_value_is_that_of_loops(part, reference, count):
    if part.needs_positives and count == 1:
        assert part(random_views(1)) == 0
        return
    part.steps = 0
    views = random_views(count, rows=6)
    tolerance = 1e-6 if isinstance(part, SigReg) else 1e-9  # directions are float32
    assert part(views).item() == pytest.approx(float(reference(views)), rel=tolerance)


def test_blocks_of_many_rows_are_those_of_the_whole():
    view = random_views(1, rows=1100, width=3)
    leaf = view.clone().requires_grad_()
    value = Uniformity()(leaf)
    value.backward()
    whole = view.clone().requires_grad_()
    rows = normalize(whole[0], dim=1)
    distance = (rows[:, None] - rows[None]).square().sum(2)
    others = ~torch.eye(1100, dtype=torch.bool)
    expected = (-2 * distance[others]).exp().mean().log()
    expected.backward()
    torch.testing.assert_close(value, expected)
    torch.testing.assert_close(leaf.grad, whole.grad)
    near = distance.detach().masked_fill(~others, 9).min(1).values.sqrt()
    torch.testing.assert_close(KoLeo()(view), -near.log().mean(), rtol=1e-6, atol=1e-6)


def test_directions_are_new_in_every_step_and_go_on_after_a_stop():
    part, views = SigReg(directions=3), random_views()
    first, second, third = (part(views).item() for _ in range(3))
    assert len({first, second, third}) == 3
    resumed = SigReg(directions=3)
    part.steps = 2
    resumed.load_state_dict(part.state_dict())
    assert resumed(views).item() == third


def test_merged_prototypes_are_the_sparse_centers_of_pytorch_metric_learning():
    from pytorch_metric_learning.regularizers import SparseCentersRegularizer

    from lightning_contrast.candidates.prototypes import Prototypes
    from lightning_contrast.regularisers.merged_prototypes import MergedPrototypes

    store = Prototypes(classes=4, embedding_size=5, per_class=3).double()
    found = MergedPrototypes()(store.class_prototypes())
    theirs = SparseCentersRegularizer(num_classes=4, centers_per_class=3)
    by_class = (
        store.class_prototypes().transpose(0, 1).flatten(0, 1)
    )  # those of a class, one by one
    expected = theirs(by_class)
    torch.testing.assert_close(found, expected, rtol=1e-6, atol=1e-6)
    gradients = [torch.autograd.grad(value, store.weight)[0] for value in (found, expected)]
    torch.testing.assert_close(*gradients, rtol=1e-5, atol=1e-6)
    assert store.class_prototypes()[:, 2].equal(store.weight[store.label == 2])


def unit_difference(one, other):
    gap = [x - y for x, y in zip(one, other, strict=True)]
    length = math.sqrt(sum(x * x for x in gap))
    return [x / length for x in gap]


def angle(rows, i, j, k):
    """The cosine of the angle at ``j``."""
    ends = unit_difference(rows[i], rows[j]), unit_difference(rows[k], rows[j])
    return sum(x * y for x, y in zip(*ends, strict=True))


@pytest.mark.parametrize("numbers", [1, 8, 60, 1 << 22])
def test_angles_are_compared_three_rows_at_a_time_in_parts_of_any_size(monkeypatch, numbers):
    monkeypatch.setattr(angles, "NUMBERS", numbers)
    views, keys = random_views(2, 7), 3 * random_views(1, 7, 5, seed=4)[0]
    taught, total = normalize(keys, dim=1).tolist(), 0.0
    for view in normalize(views, dim=2).tolist():
        for three in permutations(range(7), 3):
            gap = abs(angle(view, *three) - angle(taught, *three))
            total += gap**2 / 2 if gap < 1 else gap - 0.5
    found = angles.Angles()(views, keys).item()
    assert found == pytest.approx(total / (2 * 7 * 6 * 5), rel=1e-9)


def test_the_angles_of_a_turned_and_wider_student_are_the_teachers():
    keys = random_views(1, 6)[0]
    turned = torch.linalg.qr(random_views(1, 4, seed=2)[0])[0]
    wide = torch.nn.functional.pad(keys @ turned, (0, 3))
    assert angles.Angles()(wide[None], keys).item() == pytest.approx(0, abs=1e-12)
