"""Heads against scikit-learn and by hand."""

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import NearestCentroid

from lightning_contrast.heads.linear import LinearHead
from lightning_contrast.heads.prototype import PrototypeHead


@pytest.fixture
def clusters():
    generator = torch.Generator().manual_seed(0)
    label = torch.arange(90) % 3
    return torch.randn(90, 4, generator=generator) + 2 * torch.eye(3, 4)[label], label


def test_the_joint_head_trains_the_encoder_and_the_probe_does_not(clusters):
    features, label = clusters
    for detach in (False, True):
        x = features.clone().requires_grad_()
        head = LinearHead(4, 3, detach=detach)
        head.loss(x, label)[0].backward()
        assert (x.grad is None) == detach and head.linear.weight.grad.any()


def test_the_refitted_probe_predicts_as_logistic_regression(clusters):
    features, label = clusters
    head = LinearHead(4, 3, refit=True)
    head.fit(features, label)
    x = ((features - features.mean(0)) / features.std(0)).numpy()
    expected = LogisticRegression(tol=1e-3).fit(x, label.numpy()).predict_proba(x)
    np.testing.assert_allclose(head(features).softmax(1).detach(), expected, atol=2e-3)


@pytest.mark.parametrize("present", [(0, 1), (0, 2)])
def test_the_refitted_probe_never_predicts_a_class_that_training_lacks(clusters, present):
    features, label = clusters
    kept = sum(label == c for c in present).bool()
    head = LinearHead(4, 3, refit=True)
    head.fit(features[kept], label[kept])
    chances = head(features).softmax(1)
    assert set(chances.argmax(1).tolist()) == set(present) and chances.isfinite().all()
    binary = LogisticRegression(tol=1e-3)
    x = features[kept]
    x = ((x - x.mean(0)) / x.std(0)).numpy()
    expected = binary.fit(x, label[kept].numpy()).predict_proba(x)
    np.testing.assert_allclose(chances[kept][:, list(present)].detach(), expected, atol=2e-3)


def test_unlabelled_rows_count_for_nothing(clusters):
    features, label = clusters
    head = LinearHead(4, 3)
    total, weight = head.loss(features, label)
    masked = torch.cat((label, torch.full((5,), -1)))
    again, weight_again = head.loss(torch.cat((features, torch.ones(5, 4))), masked)
    assert weight == weight_again == 90
    torch.testing.assert_close(total, again)


def test_the_prototype_head_is_the_nearest_class_mean(clusters):
    features, label = clusters
    head = PrototypeHead(4, 3)
    head.fit(features, label)
    unit = torch.nn.functional.normalize(features)
    centres = NearestCentroid().fit(unit.numpy(), label.numpy()).centroids_
    centres = torch.nn.functional.normalize(torch.tensor(centres, dtype=torch.float32))
    assert torch.equal(head(features).argmax(1), (unit @ centres.T).argmax(1))


def test_prototypes_follow_the_training_batches(clusters):
    features, label = clusters
    head = PrototypeHead(4, 3, momentum=0.5).train()
    for _ in range(20):
        head.loss(features, label)
    exact = PrototypeHead(4, 3)
    exact.fit(features, label)
    torch.testing.assert_close(head.mean, exact.mean, rtol=1e-4, atol=1e-5)
    head.eval()
    before = head.mean.clone()
    head.loss(features + 1, label)
    assert torch.equal(head.mean, before)
