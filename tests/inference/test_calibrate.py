"""The temperature: what it is fitted to, where it is kept, and what it changes."""

import pytest
import torch

from lightning_contrast.inference.calibrate import calibrate
from lightning_contrast.modules import load
from lightning_contrast.modules.checkpoint import KEY, save_weights
from lightning_contrast.types import Embedded

TEXTS = ["Shares fell on Monday.", "The striker scored twice."]


def test_a_run_keeps_its_temperature_as_a_plain_value_and_predicts_at_it(bbc_run, bbc):
    kept = torch.load(bbc_run / "checkpoints/best.ckpt", weights_only=True)[KEY]
    assert type(kept["temperature"]) is float and kept["temperature"] == bbc.temperature
    with torch.inference_mode():
        expected = (bbc.head(bbc.features(TEXTS)) / bbc.temperature).softmax(1)
    for row, prediction in zip(expected, bbc.predict(TEXTS), strict=True):
        assert list(prediction.probabilities.values()) == pytest.approx(row.tolist())
    assert (bbc_run / "result.json").read_text().count('"calibration/temperature"') == 1


def test_without_a_temperature_nothing_is_divided_and_the_checkpoint_is_as_before(
    bbc_run, tmp_path
):
    path = tmp_path / "plain.ckpt"
    path.write_bytes((bbc_run / "checkpoints/best.ckpt").read_bytes())
    model = load(path)
    nothing = torch.zeros(0, 5)
    empty = Embedded(nothing, nothing, nothing, torch.zeros(0).long(), torch.zeros(0).long())
    assert calibrate(model, empty) == {} and model.temperature is None
    save_weights(model, path)
    assert "temperature" not in torch.load(path, weights_only=True)[KEY]
    plain = load(path)
    with torch.inference_mode():
        expected = plain.head(plain.features(TEXTS)).softmax(1)
    for row, prediction in zip(expected, plain.predict(TEXTS), strict=True):
        assert list(prediction.probabilities.values()) == row.tolist()
