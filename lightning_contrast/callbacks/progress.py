"""Shows the progress of training: a bar on a terminal, plain lines in a log."""

import sys
import time
from typing import Any

from pytorch_lightning import LightningModule, Trainer
from pytorch_lightning.callbacks import ProgressBar
from tqdm import tqdm

from lightning_contrast.config.arguments import checked
from lightning_contrast.config.ranges import NotNegative
from lightning_contrast.runtime.pace import Pace, duration

FIRST_SECONDS = 10.0  # of training, before its duration is estimated
LONG = 120.0  # seconds: a shorter duration is not printed


class Progress(ProgressBar):
    """Epoch, loss, the watched metric and the time left, on the standard error.

    On a terminal it is a bar, drawn every ``interval`` seconds. Elsewhere it is a line an epoch,
    and at least every two minutes. After the first steps of a long training it prints the estimated
    duration. The loss is read from the device only when it is shown. ``quiet`` shows nothing.

    >>> Progress(quiet=True).shown
    False
    """

    _key = "callbacks.progress."

    @checked
    def __init__(
        self, quiet: bool = False, interval: NotNegative = 0.1, metric: str = "validation/accuracy"
    ) -> None:
        super().__init__()
        self.quiet, self.interval, self.metric = quiet, interval, metric
        self.shown = not quiet
        self._pace = Pace(None)
        self._bar: tqdm | None = None
        self._drawn = 0.0
        self._loss: Any = None
        self._foretold = False

    def disable(self) -> None:
        """Show nothing from now on."""
        self.shown = False

    def enable(self) -> None:
        """Show again, unless quiet was asked for."""
        self.shown = not self.quiet

    def print(self, *args: Any, **kwargs: Any) -> None:
        """Print a line, above the bar if there is one."""
        tqdm.write(kwargs.get("sep", " ").join(map(str, args)), file=sys.stderr)

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if not self.shown:
            return
        steps = trainer.estimated_stepping_batches
        total = int(steps) if steps != float("inf") else None
        self._pace = Pace(total, trainer.global_step)
        if sys.stderr.isatty():
            self._bar = tqdm(
                total=total,
                initial=trainer.global_step,
                bar_format="{desc}  {percentage:3.0f} % |{bar}| {remaining} left",
                file=sys.stderr,
                dynamic_ncols=True,
                leave=False,
                # Drawn in on_train_batch_end, together with the loss, and never by tqdm itself.
                mininterval=float("inf"),
                miniters=float("inf"),
            )

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        if not self.shown:
            return
        self._loss = outputs["loss"]
        if not self._foretold and time.monotonic() - self._pace.start >= FIRST_SECONDS:
            self._foretell(trainer.global_step)
        if self._bar is not None:
            self._draw(trainer)
        elif self._pace.due():
            self._say(trainer)

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if self.shown and self._bar is None and self._loss is not None:
            self._pace.due(0.0)
            self._say(trainer)

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._close()

    def on_exception(
        self, trainer: Trainer, pl_module: LightningModule, exception: BaseException
    ) -> None:
        self._close()

    def _foretell(self, done: int) -> None:
        self._foretold = True
        seconds = self._pace.seconds_left(done)
        if seconds is not None and seconds > LONG:
            self.print(
                f"training takes about {duration(seconds)} from here on; "
                "trainer.max_time=00:00:30:00 ends it after half an hour"
            )

    def _draw(self, trainer: Trainer) -> None:
        assert self._bar is not None
        if (now := time.monotonic()) >= self._drawn + self.interval:
            self._drawn = now
            self._bar.set_description_str(self._state(trainer), refresh=False)
            self._bar.n = trainer.global_step
            self._bar.refresh()

    def _say(self, trainer: Trainer) -> None:
        step, total = trainer.global_step, self._pace.total
        of = "" if total is None else f" of {total}"
        line = f"{self._state(trainer)}, step {step}{of}{self._pace.left(step)}"
        print(line, file=sys.stderr, flush=True)

    def _state(self, trainer: Trainer) -> str:
        of = f" of {trainer.max_epochs}" if (trainer.max_epochs or 0) > 0 else ""
        loss = float(self._loss)  # the one place that waits for the device
        value = trainer.callback_metrics.get(self.metric)
        metric = "" if value is None else f", {self.metric} {float(value):.4f}"
        return f"epoch {trainer.current_epoch + 1}{of}, loss {loss:.4f}{metric}"

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None
