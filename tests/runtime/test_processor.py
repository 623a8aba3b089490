"""Which precision a processor is fast in."""

import pytest
import torch

from lightning_contrast.build.parts import build_trainer
from lightning_contrast.runtime.processor import fitting_precision
from tests.runs import composed


@pytest.mark.parametrize(
    ("can", "precision"),
    [
        ({"avx512_bf16": True, "amx_bf16": False}, "bf16-mixed"),
        ({"avx512_bf16": False, "amx_bf16": True}, "bf16-mixed"),
        ({"avx512_f": True}, "32-true"),
        ({}, "32-true"),
    ],
)
def test_a_run_is_in_bfloat16_where_the_processor_multiplies_it(
    can, precision, monkeypatch, tmp_path
):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: can)
    assert fitting_precision("auto", "cpu") == precision
    run = composed("trainer.accelerator=cpu", "trainer.max_epochs=1")
    assert build_trainer(run, tmp_path, [], []).precision == precision


def test_a_precision_that_was_asked_for_stays(tmp_path):
    run = composed("trainer.accelerator=cpu", "trainer.max_epochs=1", "trainer.precision=32-true")
    assert build_trainer(run, tmp_path, [], []).precision == "32-true"
