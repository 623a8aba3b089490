"""Every calibration error of a run is that of the probabilities which ``predict`` gives."""

import copy
import json

import pytest
import torch

from lightning_contrast.evaluation.compare import compare
from lightning_contrast.evaluation.judge import judge
from lightning_contrast.inference.run_rows import run_rows
from lightning_contrast.metrics.calibration import expected_calibration_error
from lightning_contrast.protocols.accuracy import Accuracy
from lightning_contrast.report.table import figures_table


@pytest.fixture(scope="module")
def calibrated(text_subject):
    """The subject with a temperature that its logits need badly."""
    subject = copy.copy(text_subject)
    subject.network = copy.copy(text_subject.network)
    subject.network.temperature = 20.0
    return subject


def errors(subject):
    label, logits = subject.test.label, subject.test.logits
    return [expected_calibration_error((logits / t).softmax(1), label) for t in (20.0, 1.0)]


def test_the_figure_of_a_run_is_the_calibrated_one_and_the_other_has_its_own_name(calibrated):
    figures = judge(calibrated)
    ours, raw = errors(calibrated)
    assert figures["test/ece"] == ours and figures["test/ece_uncalibrated"] == raw != ours
    names = [line[0] for line in figures_table(figures).rows]
    assert "calibration error (ECE)" in names and "ECE before calibration" in names


def test_without_a_temperature_there_is_one_calibration_error(text_subject):
    figures = judge(text_subject)
    assert figures["test/ece"] == errors(text_subject)[1]
    assert "test/ece_uncalibrated" not in figures


def test_protocols_and_comparisons_judge_the_probabilities_of_predict(calibrated, text_subject):
    ours, raw = errors(calibrated)
    found = Accuracy(resamples=10)(calibrated).figures
    assert found["test/ece"] == pytest.approx(ours, abs=1e-9)
    assert found["test/ece_uncalibrated"] == pytest.approx(raw, abs=1e-9)
    pair = compare({"a": text_subject, "b": calibrated}, {"a": {}, "b": {}}, resamples=10)
    assert pair.figures["difference/b/ece"] == pytest.approx(ours - raw, abs=1e-9)


def test_the_probabilities_are_those_that_predict_gives(calibrated):
    rows = calibrated.test.index[:5].tolist()
    given = calibrated.network.predict([calibrated.rows.raw[row] for row in rows])
    ours = calibrated.judged(calibrated.test).confidence[:5].float()
    theirs = torch.tensor([max(answer.probabilities.values()) for answer in given])
    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-4)


def test_result_json_and_card_of_a_run_hold_the_error_of_what_predict_gives(bbc_run, bbc):
    result = json.loads((bbc_run / "result.json").read_text())
    splits = run_rows(bbc)
    answers = bbc.predict([splits.labelled.raw[row] for row in splits.test])
    given = torch.tensor([list(answer.probabilities.values()) for answer in answers])
    label = torch.from_numpy(splits.labelled.label[splits.test])
    assert result["test/ece"] == pytest.approx(expected_calibration_error(given, label), abs=1e-4)
    assert result["test/ece_uncalibrated"] != result["test/ece"]
    card = (bbc_run / "model_card.md").read_text(encoding="utf-8")
    assert f"| calibration error (ECE) | {100 * result['validation/ece']:.2f} %" in card
    assert bbc.temperature == result["calibration/temperature"]
