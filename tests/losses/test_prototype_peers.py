"""Losses on prototypes against pytorch-metric-learning, its weights set to the same prototypes."""

import math

import pytest
import torch

from lightning_contrast.engine.contrast import Contrast
from lightning_contrast.losses.arc_face import ArcFace
from lightning_contrast.losses.cos_face import CosFace
from lightning_contrast.losses.normalized_softmax import NormalizedSoftmax
from lightning_contrast.losses.proxy_anchor import ProxyAnchor
from lightning_contrast.losses.proxy_nca import ProxyNCA
from lightning_contrast.losses.soft_triple import SoftTriple
from lightning_contrast.losses.sub_center_arc_face import SubCenterArcFace
from lightning_contrast.miners.keep_all import KeepAll
from lightning_contrast.pairings.label import Label
from lightning_contrast.testing.rows import batch_for, rows

CLASSES = 5  # some of them without a row


def peer(name, prototypes, batch, **settings):
    """Their value, and gradients of the rows and of the prototypes, tangential to the sphere."""
    from pytorch_metric_learning import losses

    theirs = getattr(losses, name)(num_classes=CLASSES, embedding_size=6, **settings)
    weight = theirs.fc if hasattr(theirs, "fc") else getattr(theirs, "W", None)
    turned = weight is not None  # theirs are columns
    weight = weight if turned else theirs.proxies
    order = prototypes.label.argsort(stable=True)  # theirs stand class by class
    rows = prototypes.embedding[order]
    weight.data = rows.T.clone() if turned else rows.clone()
    x = batch.embedding.clone().requires_grad_()
    value = theirs(x, batch.label)
    value.backward()
    gradient = weight.grad.T if turned else weight.grad
    return (
        value.detach(),
        tangent(x.grad, batch.embedding),
        tangent(gradient[order.argsort()], prototypes.embedding),
    )


def tangent(gradient, unit):
    return gradient - (gradient * unit).sum(1, keepdim=True) * unit


DEGREES = math.degrees(0.5)


@pytest.mark.parametrize(
    ("loss", "name", "settings"),
    [
        (NormalizedSoftmax(0.05), "NormalizedSoftmaxLoss", {"temperature": 0.05}),
        (CosFace(0.35, 1 / 64), "CosFaceLoss", {"margin": 0.35, "scale": 64}),
        (ArcFace(0.5, 1 / 64), "ArcFaceLoss", {"margin": DEGREES, "scale": 64}),
        (
            SubCenterArcFace(3, 0.5, 1 / 64),
            "SubCenterArcFaceLoss",
            {"margin": DEGREES, "scale": 64, "sub_centers": 3},
        ),
        (ProxyNCA(1 / 9), "ProxyNCALoss", {"softmax_scale": 9}),
        (
            SoftTriple(4, 0.1, 0.01, 1 / 20),
            "SoftTripleLoss",  # without weight_regularizer: without the term on the centers
            {"centers_per_class": 4, "la": 20, "gamma": 0.1, "margin": 0.01},
        ),
        (ProxyAnchor(CLASSES, 0.1, 1 / 32), "ProxyAnchorLoss", {"margin": 0.1, "alpha": 32}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_value_and_gradients_are_those_of_pytorch_metric_learning(loss, name, settings):
    sides = batch_for(loss, rows([0, 1, 2, 0, 1, 2, 0, 0, 1]), CLASSES)  # means over all rows
    x, y = leaves = [side.embedding.clone().requires_grad_() for side in sides]
    contrast = Contrast(Label(), KeepAll(), loss, block_rows=4, compile=False)
    total, weight = contrast(sides[0]._replace(embedding=x), sides[1]._replace(embedding=y))
    (total / weight).backward()
    flipped = loss.anchors_are_prototypes
    prototypes, batch = sides if flipped else reversed(sides)
    expected, *gradients = peer(name, prototypes, batch, **settings)
    torch.testing.assert_close(total.detach() / weight, expected, rtol=1e-6, atol=1e-6)
    ours = [tangent(leaf.grad, leaf.detach()) for leaf in leaves]
    torch.testing.assert_close(ours[::-1] if flipped else ours, gradients, rtol=1e-6, atol=1e-6)
    assert all(gradient.abs().max() > 1e-3 for gradient in ours)
