import math

import pytest
import torch
from sklearn.metrics import f1_score
from torchmetrics.functional.classification import multiclass_calibration_error

from lightning_contrast.metrics.calibration import (
    accuracy,
    expected_calibration_error,
    macro_f1,
)


def predictions(n=300, classes=4):
    torch.manual_seed(0)
    return torch.randn(n, classes).mul(2).softmax(dim=1), torch.randint(classes, (n,))


def test_equals_torchmetrics_below_a_confidence_of_one():
    probabilities, label = predictions()
    reference = multiclass_calibration_error(probabilities, label, 4, n_bins=15).item()
    assert expected_calibration_error(probabilities, label) == pytest.approx(reference, abs=1e-5)


def test_equals_a_loop_over_bins():
    probabilities, label = predictions()
    confidence, predicted = probabilities.max(dim=1)
    error = 0.0
    for b in range(10):
        inside = (confidence > b / 10) & (confidence <= (b + 1) / 10)
        if inside.any():
            right = (predicted == label)[inside].double().mean()
            error += float(inside.double().mean() * (right - confidence[inside].mean()).abs())
    assert expected_calibration_error(probabilities, label, bins=10) == pytest.approx(
        error, abs=1e-6
    )


def test_a_confidence_of_one_shares_the_top_bin():
    # Rows at 1.0 are half right, rows at 0.96 all right: in one bin the gaps partly cancel.
    top = torch.tensor([1.0, 1.0, 0.96, 0.96])
    probabilities = torch.stack([top, 1 - top], dim=1)
    label = torch.tensor([0, 1, 0, 0])
    expected = abs(3 / 4 - top.double().mean().item())
    assert expected_calibration_error(probabilities, label) == pytest.approx(expected, abs=1e-6)


def test_macro_f1_equals_scikit_learn_with_a_class_that_never_occurs():
    torch.manual_seed(0)
    label, predicted = torch.randint(3, (60,)), torch.randint(4, (60,))
    reference = f1_score(label, predicted, average="macro")
    assert macro_f1(predicted, label, classes=6) == pytest.approx(reference, abs=1e-6)


def test_accuracy_is_the_fraction_of_hits():
    assert accuracy(torch.tensor([1, 2, 3, 4]), torch.tensor([1, 2, 3, 0])) == 0.75


def test_no_rows_give_nan():
    none = torch.zeros(0, dtype=torch.long)
    assert math.isnan(accuracy(none, none))
    assert math.isnan(macro_f1(none, none, 3))
    assert math.isnan(expected_calibration_error(torch.zeros(0, 3), none))
