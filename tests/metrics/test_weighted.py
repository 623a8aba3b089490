"""Figures by weights against scikit-learn, torchmetrics and the unweighted ones."""

import pytest
import torch
from sklearn.metrics import balanced_accuracy_score, f1_score, precision_recall_fscore_support
from torchmetrics.functional.classification import multiclass_accuracy, multiclass_calibration_error

from lightning_contrast.metrics.calibration import expected_calibration_error
from lightning_contrast.metrics.weighted import Judged


def predictions(n=200, classes=5, seed=0):
    generator = torch.Generator().manual_seed(seed)
    label = torch.randint(classes, (n,), generator=generator)
    logits = torch.randn(n, classes, generator=generator)
    logits[torch.arange(n), label] += 1
    return logits.softmax(dim=1), label


PROBABILITIES, LABEL = predictions()
JUDGED = Judged(PROBABILITIES, LABEL)
ONES = torch.ones(1, len(LABEL)).double()


def test_agrees_with_scikit_learn():
    predicted = PROBABILITIES.argmax(dim=1)
    _, recall, f1, _ = precision_recall_fscore_support(LABEL, predicted)
    assert JUDGED.recall(ONES)[0].tolist() == pytest.approx(recall.tolist())
    assert JUDGED.f1(ONES)[0].tolist() == pytest.approx(f1.tolist())
    balanced = balanced_accuracy_score(LABEL, predicted)
    assert JUDGED.balanced_accuracy(ONES).item() == pytest.approx(balanced)
    assert JUDGED.macro_f1(ONES).item() == pytest.approx(
        f1_score(LABEL, predicted, average="macro")
    )


@pytest.mark.parametrize("k", [1, 2, 4])
def test_top_k_agrees_with_torchmetrics(k):
    theirs = multiclass_accuracy(PROBABILITIES, LABEL, 5, average="micro", top_k=k)
    assert JUDGED.top_k(ONES, k).item() == pytest.approx(theirs.item())


def test_the_calibration_error_agrees_with_torchmetrics_and_with_ours():
    theirs = multiclass_calibration_error(PROBABILITIES, LABEL, 5, n_bins=15)
    assert JUDGED.calibration_error(ONES).item() == pytest.approx(theirs.item(), abs=1e-6)
    ours = expected_calibration_error(PROBABILITIES, LABEL)
    assert JUDGED.calibration_error(ONES).item() == pytest.approx(ours, abs=1e-12)


def test_a_weight_is_a_number_of_copies():
    weight = torch.randint(4, (3, len(LABEL)), generator=torch.Generator().manual_seed(1)).double()
    for method in ("accuracy", "balanced_accuracy", "macro_f1", "calibration_error"):
        for row, value in zip(weight, getattr(JUDGED, method)(weight), strict=True):
            rows = torch.arange(len(LABEL)).repeat_interleave(row.long())
            copies = Judged(PROBABILITIES[rows], LABEL[rows])
            one = torch.ones(1, len(rows)).double()
            assert value.item() == pytest.approx(getattr(copies, method)(one).item())


def test_ties_go_to_the_first_class_in_top_k_as_in_argmax():
    judged = Judged(torch.full((3, 3), 1 / 3), torch.arange(3))
    one = torch.ones(1, 3)
    assert judged.accuracy(one).item() == judged.top_k(one, 1).item() == pytest.approx(1 / 3)
    assert judged.top_k(one, 2).item() == pytest.approx(2 / 3)


@pytest.mark.parametrize("cells", [1, 12, 1000])
def test_logits_are_made_probabilities_a_block_at_a_time_and_judged_alike(cells, monkeypatch):
    logits = torch.randn(23, 5, generator=torch.Generator().manual_seed(0))
    label = torch.arange(23) % 5
    whole = Judged((logits / 1.7).softmax(1), label)
    monkeypatch.setattr("lightning_contrast.metrics.blocks.CELLS", cells)
    parts = Judged(logits, label, temperature=1.7)
    for name in ("confidence", "predicted", "right", "rank", "bin", "gap"):
        assert torch.equal(getattr(parts, name), getattr(whole, name)), name
