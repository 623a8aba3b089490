"""Losses on prototypes: their formulas in loops, and what is special."""

import math

import pytest
import torch
from torch.nn.functional import normalize

from lightning_contrast.engine.contrast import Contrast
from lightning_contrast.errors import InputError
from lightning_contrast.losses.arc_face import ArcFace, widened
from lightning_contrast.losses.cos_face import CosFace
from lightning_contrast.losses.normalized_softmax import NormalizedSoftmax
from lightning_contrast.losses.proxy_anchor import ProxyAnchor
from lightning_contrast.losses.proxy_nca import ProxyNCA
from lightning_contrast.losses.soft_triple import SoftTriple
from lightning_contrast.losses.sub_center_arc_face import SubCenterArcFace
from lightning_contrast.miners.hardest import Hardest
from lightning_contrast.miners.keep_all import KeepAll
from lightning_contrast.pairings.label import Label
from lightning_contrast.runtime.distributed import mean_over_ranks
from lightning_contrast.testing.rows import batch_for, pairs_between, rows
from lightning_contrast.types import Pairs

LABELS = [0, 1, 2, 0, 1, 2, 0, 0, 3, -1, 1]
CLASSES = 5  # one of them without a row


def cross_entropy(own, others):
    return -math.log(math.exp(own) / (math.exp(own) + sum(map(math.exp, others))))


def normalized_softmax(own, others, t=0.05):
    return cross_entropy(own[0] / t, [s[0] / t for s in others])


def cos_face(own, others, m=0.35, t=1 / 64):
    return cross_entropy((own[0] - m) / t, [s[0] / t for s in others])


def arc_face(own, others, m=0.5, t=1 / 64):
    own, others = max(own), [max(s) for s in others]
    angle = math.acos(own)
    target = math.cos(angle + m) if angle + m <= math.pi else own - m * math.sin(m)
    return cross_entropy(target / t, [s / t for s in others])


def proxy_nca(own, others, t=0.111):
    return cross_entropy(-(2 - 2 * own[0]) / t, [-(2 - 2 * s[0]) / t for s in others])


def soft_triple(own, others, gamma=0.1, m=0.01, t=0.05):
    def relaxed(centers):
        whole = sum(math.exp(s / gamma) for s in centers)
        return sum(math.exp(s / gamma) / whole * s for s in centers)

    return cross_entropy((relaxed(own) - m) / t, [relaxed(s) / t for s in others])


@pytest.mark.parametrize(
    ("loss", "reference"),
    [
        (NormalizedSoftmax(), normalized_softmax),
        (CosFace(), cos_face),
        (ArcFace(), arc_face),
        (SubCenterArcFace(), arc_face),
        (ProxyNCA(), proxy_nca),
        (SoftTriple(), soft_triple),
    ],
    ids=lambda value: type(value).__name__,
)
def test_value_is_the_formula(loss, reference):
    anchors, prototypes = batch_for(loss, rows(LABELS), CLASSES)
    similarity = anchors.embedding @ prototypes.embedding.T
    each = []
    for row, label in zip(similarity.tolist(), LABELS, strict=True):
        classes = [[] for _ in range(CLASSES)]
        for s, owner in zip(row, prototypes.label.tolist(), strict=True):
            classes[owner].append(s)
        if label >= 0:
            each.append(reference(classes.pop(label), classes))
    total, weight = loss(similarity, pairs_between(anchors, prototypes))
    assert weight == len(each) == 10
    assert total.item() == pytest.approx(sum(each), rel=1e-10)


def test_the_arc_falls_all_the_way_and_has_finite_slopes_at_its_ends():
    cosine = torch.linspace(-1, 1, 401, dtype=torch.float64).requires_grad_()
    arc = widened(cosine, 0.5)
    (slope,) = torch.autograd.grad(arc.sum(), cosine)
    assert (arc.diff() > 0).all() and slope.isfinite().all() and (slope > 0).all()
    inside = cosine.detach() > -math.cos(0.5)
    exact = torch.where(inside, (cosine.acos() + 0.5).cos(), cosine - 0.5 * math.sin(0.5))
    torch.testing.assert_close(arc[:-1], exact[:-1], rtol=1e-12, atol=1e-12)
    assert arc[-1].item() == pytest.approx(math.cos(0.5), abs=2e-4)


def test_relatives_agree_where_they_should():
    sides = batch_for(CosFace(), rows(LABELS))
    similarity, pairs = sides[0].embedding @ sides[1].embedding.T, pairs_between(*sides)
    plain = NormalizedSoftmax(0.1)(similarity, pairs)[0]
    for loss in (
        CosFace(0.0, 0.1),
        ArcFace(0.0, 0.1),
        SubCenterArcFace(1, 0.0, 0.1),
        ProxyNCA(0.2),
        SoftTriple(1, margin=0.0, temperature=0.1),
    ):
        torch.testing.assert_close(loss(similarity, pairs)[0], plain, rtol=1e-12, atol=1e-12)
    twice = similarity.repeat(1, 2)  # both prototypes of a class in one place
    doubled = Pairs(*(mask.repeat(1, 2) for mask in pairs[:2]))
    for loss in (SubCenterArcFace(2, 0.0, 0.1), SoftTriple(2, margin=0.0, temperature=0.1)):
        torch.testing.assert_close(loss(twice, doubled)[0], plain, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("loss", [SubCenterArcFace(2), SoftTriple(2)], ids=["arc", "soft"])
def test_prototypes_that_a_miner_dropped_are_not_looked_at(loss):
    similarity = torch.tensor([[0.3, 0.1, 0.95, 0.9, 0.8, 0.95]])
    positive = torch.tensor([[True, False, False, False, False, False]])
    negative = torch.tensor([[False, True, False, False, False, False]])
    kept = loss(similarity, Pairs(positive, negative))[0]
    loss.per_class = 1
    alone = loss(similarity[:, [0, 1]], Pairs(positive[:, [0, 1]], negative[:, [0, 1]]))[0]
    torch.testing.assert_close(kept, alone)


@pytest.mark.skipif(" " in torch.__file__, reason="Inductor can't compile from a path with a space")
@pytest.mark.slow
@pytest.mark.parametrize(
    "loss",
    [ArcFace(), SubCenterArcFace(), SoftTriple(), ProxyAnchor(CLASSES)],
    ids=lambda loss: type(loss).__name__,
)
def test_the_compiled_block_is_the_eager_one_batch_after_batch(loss):
    compiled, eager = (
        Contrast(Label(), KeepAll(), loss, block_rows=8, compile=compile)
        for compile in (True, False)
    )
    for label in ([0, 1, 2, 0, 1, -1, 2, 3] * 2, [0, 0, 0, 1, 1, -1, 1, 0] * 2):
        gradients = []
        for contrast in (compiled, eager):
            anchors, candidates = batch_for(loss, rows(label), 8)
            x = anchors.embedding.clone().requires_grad_()
            contrast(anchors._replace(embedding=x), candidates)[0].backward()
            gradients.append(x.grad)
        torch.testing.assert_close(*gradients)


@pytest.mark.parametrize("loss", [ArcFace(), CosFace()], ids=["arc", "cos"])
def test_rows_find_their_prototypes(loss):
    label = [0, 0, 1, 1, 2, 2]
    anchors, prototypes = batch_for(loss, rows(label), 3)
    free = [side.embedding.clone().requires_grad_() for side in (anchors, prototypes)]
    optimizer = torch.optim.SGD(free, lr=0.02)
    contrast = Contrast(Label(), Hardest(), loss, compile=False)
    for _ in range(100):
        a, c = (normalize(leaf, dim=1) for leaf in free)
        scored = contrast(anchors._replace(embedding=a), prototypes._replace(embedding=c))
        optimizer.zero_grad()
        mean_over_ranks(*scored).backward()
        optimizer.step()
    assert (a @ c.T).argmax(1).tolist() == label


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: NormalizedSoftmax(0), "temperature"),
        (lambda: CosFace(margin=2), "margin"),
        (lambda: CosFace(temperature=0), "temperature"),
        (lambda: ArcFace(margin=28.6), "radians"),
        (lambda: ArcFace(temperature=-1), "temperature"),
        (lambda: SubCenterArcFace(per_class=0), "per_class"),
        (lambda: SubCenterArcFace(margin=2), "radians"),
        (lambda: ProxyNCA(0), "temperature"),
        (lambda: SoftTriple(gamma=0), "gamma"),
        (lambda: SoftTriple(margin=-1), "margin"),
        (lambda: ProxyAnchor(0), "classes"),
        (lambda: ProxyAnchor(3, margin=1), "margin"),
        (lambda: SoftTriple(4)(torch.zeros(1, 6), Pairs(*torch.zeros(2, 1, 6).bool())), "got 6"),
    ],
)
def test_bad_settings_are_named(make, words):
    with pytest.raises(InputError, match=words):
        make()
