"""Each loss against its formula, in loops over anchors, positives and negatives, in float64."""

import math

import pytest
import torch

from lightning_contrast.errors import InputError
from lightning_contrast.losses.cosine_margin import CosineMargin
from lightning_contrast.losses.info_nce import InfoNCE
from lightning_contrast.losses.pair_margin import PairMargin
from lightning_contrast.losses.supcon import SupCon
from lightning_contrast.losses.triplet_margin import TripletMargin
from lightning_contrast.testing.rows import pairs_of, rows

LABELS = [0, 1, 2, 0, 1, 2, 0, 0, 3, -1, 1]


def anchors(similarity, pairs):
    """Positive and negative similarities of each anchor that has a positive."""
    for row, positive, negative in zip(similarity, *pairs[:2], strict=True):
        p, n = row[positive].tolist(), row[negative].tolist()
        if p:
            yield p, n


def supcon_out(p, n, t=0.1):
    whole = sum(math.exp(s / t) for s in p + n)
    return -sum(math.log(math.exp(s / t) / whole) for s in p) / len(p)


def supcon_in(p, n, t=0.1):
    whole = sum(math.exp(s / t) for s in p + n)
    return -math.log(sum(math.exp(s / t) / whole for s in p) / len(p))


def info_nce(p, n, t=0.1):
    pushed = sum(math.exp(s / t) for s in n)
    return -sum(math.log(math.exp(s / t) / (math.exp(s / t) + pushed)) for s in p) / len(p)


def pair_margin(p, n, power):
    def distance(s):
        return math.sqrt(2 - 2 * s)

    near = sum(distance(s) ** power for s in p) / power / len(p)
    return near + sum(max(0, 1 - distance(s)) ** power for s in n) / power / len(n)


def cosine_margin(p, n, m=0.2):
    return sum(1 - s for s in p) / len(p) + sum(max(0, s - m) for s in n) / len(n)


@pytest.mark.parametrize(
    ("loss", "reference"),
    [
        (SupCon(0.1, "out"), supcon_out),
        (SupCon(0.1, "in"), supcon_in),
        (InfoNCE(0.1), info_nce),
        (InfoNCE(0.1, margin=0.2), lambda p, n: info_nce([s - 0.2 for s in p], n)),
        (PairMargin(power=2), lambda p, n: pair_margin(p, n, 2)),
        (PairMargin(power=1), lambda p, n: pair_margin(p, n, 1)),
        (CosineMargin(0.2), cosine_margin),
    ],
    ids=[
        "supcon_out",
        "supcon_in",
        "info_nce",
        "margin",
        "pair_margin",
        "pair_margin_1",
        "cosine_margin",
    ],
)
def test_value_is_the_formula(loss, reference):
    embedding = rows(LABELS).embedding
    similarity, pairs = embedding @ embedding.T, pairs_of(LABELS)
    each = [reference(p, n) for p, n in anchors(similarity, pairs)]
    total, weight = loss(similarity, pairs)
    assert weight == len(each) == 9
    assert total.item() == pytest.approx(sum(each), rel=1e-10)


@pytest.mark.parametrize("average_over", ["active", "all"])
def test_all_triplets_without_a_cube_are_the_triple_loop(average_over):
    embedding = rows(LABELS).embedding
    similarity, pairs = embedding @ embedding.T, pairs_of(LABELS)
    distance = (2 - 2 * similarity).clamp_min(0).sqrt()
    each = [
        max(0.0, (distance[a, p] - distance[a, n] + 0.3).item())
        for a in range(len(LABELS))
        for p in range(len(LABELS))
        for n in range(len(LABELS))
        if pairs.positive[a, p] and pairs.negative[a, n]
    ]
    count = len(each) if average_over == "all" else sum(value > 0 for value in each)
    total, weight = TripletMargin(0.3, average_over)(similarity, pairs)
    assert weight == count and 0 < sum(v > 0 for v in each) < len(each)
    assert total.item() == pytest.approx(sum(each), rel=1e-10)


def peer(loss, reducer, label, **settings):
    from pytorch_metric_learning import losses, reducers

    x = rows(label).embedding.clone().requires_grad_()
    value = getattr(losses, loss)(reducer=getattr(reducers, reducer)(), **settings)(
        x, torch.tensor(label)
    )
    value.backward()
    return value.detach(), x.grad


@pytest.mark.parametrize(
    ("ours", "theirs", "reducer", "settings"),
    [
        (SupCon(0.1), "SupConLoss", "MeanReducer", {"temperature": 0.1}),
        (TripletMargin(0.2), "TripletMarginLoss", "AvgNonZeroReducer", {"margin": 0.2}),
        (TripletMargin(0.2, "all"), "TripletMarginLoss", "MeanReducer", {"margin": 0.2}),
    ],
    ids=["supcon-mean", "triplet-average-of-active", "triplet-mean"],
)
def test_value_and_gradient_are_those_of_pytorch_metric_learning(ours, theirs, reducer, settings):
    label = [0, 1, 2, 0, 1, 2, 0, 0, 1]
    expected, expected_gradient = peer(theirs, reducer, label, **settings)
    x = rows(label).embedding.clone().requires_grad_()
    total, weight = ours(x @ x.T, pairs_of(label))
    (total / weight).backward()
    torch.testing.assert_close(total.detach() / weight, expected, rtol=1e-6, atol=1e-6)
    # theirs differentiates through its own normalisation; only the tangential part reaches a model
    unit = rows(label).embedding
    tangent = x.grad - (x.grad * unit).sum(1, keepdim=True) * unit
    their_tangent = expected_gradient - (expected_gradient * unit).sum(1, keepdim=True) * unit
    torch.testing.assert_close(tangent, their_tangent, rtol=1e-6, atol=1e-6)


def test_nt_xent_of_two_views_is_that_of_pytorch_metric_learning():
    label = [0, 1, 2, 3, 0, 1, 2, 3]
    expected, _ = peer("NTXentLoss", "MeanReducer", label, temperature=0.2)
    x = rows(label).embedding
    total, weight = InfoNCE(0.2)(x @ x.T, pairs_of(label))
    torch.testing.assert_close(total / weight, expected, rtol=1e-6, atol=1e-6)


def test_supcon_with_one_positive_is_info_nce():
    label = [0, 1, 2, 0, 1, 2]
    x = rows(label).embedding
    pairs = pairs_of(label)
    torch.testing.assert_close(SupCon(0.1)(x @ x.T, pairs)[0], InfoNCE(0.1)(x @ x.T, pairs)[0])


def test_a_cosine_margin_of_one_pushes_nothing_and_is_refused_while_ours_trains():
    x = rows([0, 0, 1, 1]).embedding.clone().requires_grad_()
    published = (x @ x.T - 1.0).clamp_min(0)[pairs_of([0, 0, 1, 1]).negative].sum()
    assert published == 0  # no cosine exceeds 1: negatives are never pushed
    with pytest.raises(InputError, match="below 1"):
        CosineMargin(margin=1.0)
    start = torch.nn.functional.normalize(1 + 0.1 * rows([0, 0, 1, 1]).embedding, dim=1)
    free = start.clone().requires_grad_()
    optimizer = torch.optim.SGD([free], lr=0.5)
    for _ in range(100):
        unit = torch.nn.functional.normalize(free, dim=1)
        total, weight = CosineMargin(0.2)(unit @ unit.T, pairs_of([0, 0, 1, 1]))
        optimizer.zero_grad()
        (total / weight).backward()
        optimizer.step()
    similarity = unit.detach() @ unit.detach().T
    assert (start @ start.T).min() > 0.8, "all rows began close together"
    assert similarity[0, 1] > 0.95 and similarity[0, 2] < 0.3, "classes were pulled apart"


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: SupCon(temperature=0), "temperature"),
        (lambda: SupCon(form="middle"), "form"),
        (lambda: InfoNCE(temperature=-1), "temperature"),
        (lambda: TripletMargin(margin=0), "margin"),
        (lambda: TripletMargin(average_over="some"), "average_over"),
        (lambda: PairMargin(0.5, 0.2), "positive_margin must be below negative_margin"),
        (lambda: PairMargin(power=3), "power"),
    ],
)
def test_bad_settings_are_named(make, words):
    with pytest.raises(InputError, match=words):
        make()
