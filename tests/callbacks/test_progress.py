import io
import sys
import time
from types import SimpleNamespace

import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

from lightning_contrast.callbacks import progress
from lightning_contrast.callbacks.progress import Progress
from lightning_contrast.runtime import pace
from tests.callbacks.tiny import Tiny, trainer

pytestmark = pytest.mark.usefixtures("quiet")


class Terminal(io.StringIO):
    def isatty(self):
        return True


class Reads:
    """A loss that counts how often it is read."""

    def __init__(self):
        self.count = 0

    def __float__(self):
        self.count += 1
        return 0.25


def fit(bar):
    rows = DataLoader(TensorDataset(torch.ones(8, 2)), batch_size=2)
    trainer([bar], epochs=2).fit(Tiny(0.625), rows, rows)


def watch(monkeypatch, kind=Terminal):
    """Put a stream of ``kind`` in the place of the standard error (not in a fixture: pytest puts
    its own there when the test begins)."""
    stream = kind()
    monkeypatch.setattr(sys, "stderr", stream)
    return stream


def lines_of(stream):
    return [line for line in stream.getvalue().splitlines() if line.startswith("epoch")]


def test_a_terminal_shows_epoch_loss_metric_and_time_left(monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    terminal = watch(monkeypatch)
    fit(Progress(interval=0))
    shown = terminal.getvalue()
    assert "epoch 1 of 2, loss 0." in shown
    assert "validation/accuracy 0.6250" in shown.split("epoch 2 of 2", 1)[1]
    assert "100 %" in shown
    assert "left" in shown


def test_a_log_has_a_line_an_epoch_with_step_loss_metric_and_time_left(monkeypatch):
    log = watch(monkeypatch, io.StringIO)
    fit(Progress(interval=0))
    first, second = lines_of(log)
    assert first.startswith("epoch 1 of 2, loss 0.")
    assert ", validation/accuracy 0.6250, step 4 of 8, " in first and first.endswith(" left")
    assert ", step 8 of 8, " in second
    assert "\r" not in log.getvalue()


def test_a_log_is_never_silent_for_longer_than_two_minutes(monkeypatch):
    log = watch(monkeypatch, io.StringIO)
    clock = SimpleNamespace(now=0.0)
    monkeypatch.setattr(time, "monotonic", lambda: clock.now)
    bar = Progress()
    run = SimpleNamespace(
        estimated_stepping_batches=100,
        global_step=0,
        max_epochs=1,
        current_epoch=0,
        callback_metrics={},
    )
    bar.on_train_start(run, None)
    for step in range(1, 21):
        clock.now += 30
        run.global_step = step
        bar.on_train_batch_end(run, None, {"loss": 0.5}, None, step)
    assert [line.partition("step ")[2] for line in lines_of(log)] == [
        *("4 of 100, 48 min left", "8 of 100, 46 min left", "12 of 100, 44 min left"),
        *("16 of 100, 42 min left", "20 of 100, 40 min left"),
    ]
    told = [line for line in log.getvalue().splitlines() if "trainer.max_time" in line]
    assert len(told) == 1 and told[0].startswith("training takes about 50 min from here on")


def test_the_length_of_a_short_training_is_not_told(monkeypatch):
    log = watch(monkeypatch, io.StringIO)
    monkeypatch.setattr(progress, "FIRST_SECONDS", 0.0)
    fit(Progress())
    assert "max_time" not in log.getvalue()


@pytest.mark.parametrize("kind", [Terminal, io.StringIO])
def test_quiet_shows_nothing(monkeypatch, kind):
    stream = watch(monkeypatch, kind)
    fit(Progress(quiet=True, interval=0))
    assert "epoch" not in stream.getvalue()
    assert "\r" not in stream.getvalue()


def test_the_loss_is_read_only_when_it_is_drawn(monkeypatch):
    watch(monkeypatch)
    bar, loss = Progress(interval=0.05), Reads()
    run = SimpleNamespace(
        estimated_stepping_batches=2000,
        global_step=0,
        max_epochs=1,
        current_epoch=0,
        callback_metrics={},
    )
    bar.on_train_start(run, None)
    start = time.monotonic()
    for step in range(2000):
        bar.on_train_batch_end(run, None, {"loss": loss}, None, step)
    elapsed = time.monotonic() - start
    bar.on_train_end(run, None)
    assert 1 <= loss.count <= elapsed / 0.05 + 1


def test_rows_that_are_embedded_or_fetched_are_counted_in_a_log_every_two_minutes(monkeypatch):
    log = watch(monkeypatch, io.StringIO)
    clock = SimpleNamespace(now=0.0)
    monkeypatch.setattr(time, "monotonic", lambda: clock.now)
    for _ in pace.tracked(range(10), "embedding", quiet=False):
        clock.now += 70
    for _ in pace.tracked(iter(range(3)), "fetching", quiet=False):
        clock.now += 130
    assert log.getvalue().splitlines() == [
        "embedding: 2 of 10, 9 min left",
        "embedding: 4 of 10, 7 min left",
        "embedding: 6 of 10, 5 min left",
        "embedding: 8 of 10, 2 min left",
        "fetching: 1",
        "fetching: 2",
    ]
    assert list(pace.tracked([1, 2], "counting", quiet=True)) == [1, 2]
