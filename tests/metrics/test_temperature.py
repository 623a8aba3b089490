"""The temperature that makes probabilities mean what they say."""

import math

import pytest
import torch

from lightning_contrast.metrics.calibration import expected_calibration_error
from lightning_contrast.metrics.temperature import fit_temperature


def drawn(rows: int, temperature: float, classes: int = 5):
    """Logits, and labels that are as likely as the softmax at a temperature says."""
    generator = torch.Generator().manual_seed(rows)
    logits = 3 * torch.randn(rows, classes, generator=generator)
    label = (logits / temperature).softmax(1).multinomial(1, generator=generator)[:, 0]
    return logits, label


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_the_temperature_that_labels_were_drawn_at_is_found(temperature):
    found = fit_temperature(*drawn(20000, temperature))
    assert found == pytest.approx(temperature, rel=0.05)


def test_no_other_temperature_makes_the_labels_and_one_of_any_kind_more_likely():
    logits, label = drawn(50, 2.0)
    logits = logits.double()

    def unlikely(t):
        scaled = (logits / t).log_softmax(1)
        own = -scaled.gather(1, label[:, None]).mean().item()
        return (50 * own - scaled.mean().item()) / 51

    grid = torch.linspace(math.log(0.5), math.log(8), 1000).exp().tolist()
    assert fit_temperature(logits, label) == pytest.approx(min(grid, key=unlikely), rel=0.01)


def test_rows_that_are_all_right_do_not_make_every_probability_one():
    label = torch.arange(100) % 4
    temperature = fit_temperature(5.0 * torch.eye(4)[label], label)
    confidence = (5.0 * torch.eye(4)[label] / temperature).softmax(1).max(1).values
    assert 0.95 < confidence.mean() < 0.999, "of 101 rows about one is wrong"


def test_a_class_that_is_never_predicted_and_rows_without_label_do_not_count():
    logits, label = drawn(2000, 2.0, classes=4)
    expected = fit_temperature(logits, label)
    never = torch.cat((logits, torch.full((2000, 1), -torch.inf)), 1)
    more = torch.cat((never, never[:50], never[:50]))
    labels = torch.cat((label, torch.full((50,), -1), torch.full((50,), 4)))
    assert fit_temperature(more, labels) == pytest.approx(expected, rel=1e-3)
    assert fit_temperature(logits[:0], label[:0]) is None
    assert fit_temperature(logits, torch.full_like(label, -1)) is None


@pytest.mark.parametrize("temperature", [0.2, 5.0])
def test_it_mends_the_calibration(temperature):
    logits, label = drawn(3000, temperature)
    scaled = (logits / fit_temperature(logits, label)).softmax(dim=1)
    assert expected_calibration_error(scaled, label) < 0.03


def test_rows_are_taken_some_at_a_time(monkeypatch):
    logits, label = drawn(101, 2.0)
    expected = fit_temperature(logits, label)
    monkeypatch.setattr("lightning_contrast.metrics.blocks.CELLS", 50)
    assert fit_temperature(logits, label) == pytest.approx(expected, rel=1e-6)
