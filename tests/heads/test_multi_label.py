"""Several labels a row: loss, thresholds and measures, against loops and scikit-learn."""

import numpy as np
import pytest
import torch
from sklearn.metrics import average_precision_score, f1_score

from lightning_contrast.heads.multi_label import MultiLabelHead
from lightning_contrast.metrics.multi_label import (
    average_precision,
    best_thresholds,
    label_scores,
    set_figures,
)

SETS = [[], [0], [1, 2], [0, 1, 2]]


def made(rows=60, labels=4, seed=0, ties=False):
    generator = torch.Generator().manual_seed(seed)
    chances = torch.rand(rows, labels, generator=generator)
    truth = torch.rand(rows, labels, generator=generator) < chances * 0.8
    return (chances * 5).round() / 5 if ties else chances, truth


def test_the_loss_is_the_sum_of_the_cross_entropies_of_all_labels():
    torch.manual_seed(0)
    head = MultiLabelHead(5, 3, SETS)
    features, label = torch.randn(6, 5), torch.tensor([0, 1, 2, 3, -1, 2])
    total, weight = head.loss(features, label)
    expected = 0.0
    for row, number in zip(head(features).tolist(), label.tolist(), strict=True):
        for which, logit in enumerate(row if number >= 0 else []):
            chance = 1 / (1 + np.exp(-logit))
            expected -= np.log(chance if which in SETS[number] else 1 - chance)
    assert weight == 5
    assert total.item() == pytest.approx(expected, rel=1e-5)


def test_a_probe_gives_the_encoder_no_gradient():
    features = torch.randn(3, 5, requires_grad=True)
    MultiLabelHead(5, 3, SETS, detach=True).loss(features, torch.tensor([1, 2, 3]))[0].backward()
    assert features.grad is None


@pytest.mark.parametrize("ties", [False, True])
def test_average_precision_and_f1_are_those_of_scikit_learn(ties):
    chances, truth = made(ties=ties)
    expected = average_precision_score(truth.numpy(), chances.numpy(), average=None)
    np.testing.assert_allclose(average_precision(chances, truth), expected, rtol=1e-5)
    given = chances > 0.5
    found = set_figures(chances, torch.full((4,), 0.5), truth)
    for kind in ("micro", "macro"):
        assert found[f"{kind}_f1"] == pytest.approx(f1_score(truth, given, average=kind), rel=1e-5)
    np.testing.assert_allclose(
        label_scores(given, truth)["f1"], f1_score(truth, given, average=None), rtol=1e-5
    )
    assert found["label_map"] == pytest.approx(expected.mean(), rel=1e-5)


def test_a_label_without_a_row_has_no_average_precision():
    chances, truth = made()
    truth[:, 1] = False
    assert average_precision(chances, truth).isnan().tolist() == [False, True, False, False]
    assert np.isfinite(set_figures(chances, torch.full((4,), 0.5), truth)["label_map"])


@pytest.mark.parametrize("ties", [False, True])
def test_no_threshold_has_a_higher_f1(ties):
    chances, truth = made(ties=ties, seed=3)
    own = label_scores(chances > best_thresholds(chances, truth), truth)["f1"]
    every = torch.stack(
        [label_scores(chances > t, truth)["f1"] for t in torch.linspace(-0.01, 1, 400)]
    )
    torch.testing.assert_close(own, torch.maximum(own, every.amax(0)))
    assert best_thresholds(chances[:0], truth[:0]).tolist() == [0.5] * 4


def test_calibration_compares_the_chances_of_a_bin_with_what_is_true():
    chances = torch.tensor([[0.9], [0.9], [0.1], [0.1]])
    truth = torch.tensor([[True], [False], [False], [False]])
    found = set_figures(chances, torch.tensor([0.5]), truth)
    assert found["label_ece"] == pytest.approx((2 * 0.4 + 2 * 0.1) / 4, rel=1e-5)


def test_running_metrics_leave_unlabelled_rows_out():
    head = MultiLabelHead(5, 3, SETS)
    metrics, features = head.running(), torch.randn(4, 5)
    with torch.no_grad():
        head.linear.weight.zero_()
        head.linear.bias.copy_(torch.tensor([9.0, -9.0, -9.0]))  # label 0 for every row
    metrics.update(*head.judged(features, torch.tensor([1, 3, -1, 2])))
    found = {name: float(value) for name, value in metrics.compute().items()}
    # right: 2 of 3 given, of 1 + 3 + 2 true ones
    assert found["validation/micro_f1"] == pytest.approx(2 * 2 / (3 + 6))
