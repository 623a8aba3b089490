"""What training took."""

from types import SimpleNamespace
from typing import Any

import torch

from lightning_contrast.training.stopwatch import KEY, PEAK, Stopwatch

TRAINER: Any = SimpleNamespace(strategy=SimpleNamespace(root_device=torch.device("cpu")))
MODULE: Any = None


def test_the_peak_is_that_of_the_fit():
    torch.ones(100_000_000).sum()  # 400 MB before the fit
    watch = Stopwatch()
    watch.on_fit_start(TRAINER, MODULE)
    before = watch.spent()[PEAK]
    torch.ones(50_000_000).sum()
    assert 150 < watch.spent()[PEAK] - before < 300, "200 MB are 191 MiB"


def test_a_resumed_run_adds_its_seconds_and_keeps_the_larger_peak():
    before: Any = {KEY: {"train/seconds": 5.0, "train/cpu_seconds": 3.0, PEAK: 10**15}}
    watch = Stopwatch()
    watch.on_load_checkpoint(TRAINER, MODULE, before)
    after: Any = {}
    watch.on_save_checkpoint(TRAINER, MODULE, after)
    assert 5 < after[KEY]["train/seconds"] < 65 and 3 < after[KEY]["train/cpu_seconds"] < 63
    assert after[KEY].get(PEAK, 10**15) == 10**15
