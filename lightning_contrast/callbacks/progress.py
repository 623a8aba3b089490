"""A bar over the whole training, cheap enough to leave on."""

import sys
import time
from typing import Any

from pytorch_lightning import LightningModule, Trainer
from pytorch_lightning.callbacks import ProgressBar
from tqdm import tqdm


class Progress(ProgressBar):
    """One line: epoch, loss, validation accuracy and the time left, on the standard error.

    The loss is read from the device when the line is drawn, at most every ``interval`` seconds, and
    at no other time. ``quiet``, and a standard error that is no terminal, draw nothing.

    >>> Progress(quiet=True).drawn
    False
    """

    def __init__(self, quiet: bool = False, interval: float = 0.1) -> None:
        super().__init__()
        self.quiet = quiet
        self.interval = interval
        self.drawn = not quiet and sys.stderr.isatty()
        self._bar: tqdm | None = None
        self._due = 0.0
        self._accuracy = ""
        self._epoch = ""

    def disable(self) -> None:
        """Draw nothing from now on."""
        self.drawn = False

    def enable(self) -> None:
        """Draw again, unless quiet was asked for."""
        self.drawn = not self.quiet and sys.stderr.isatty()

    def print(self, *args: Any, **kwargs: Any) -> None:
        """Print a line above the bar."""
        tqdm.write(kwargs.get("sep", " ").join(map(str, args)), file=sys.stderr)

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if self.drawn:
            total = trainer.estimated_stepping_batches
            self._bar = tqdm(
                total=int(total) if total != float("inf") else None,
                initial=trainer.global_step,
                bar_format="{desc}  {percentage:3.0f} % |{bar}| {remaining} left",
                file=sys.stderr,
                dynamic_ncols=True,
                leave=False,
                # Drawn by hand in on_train_batch_end: tqdm's own clock would read no loss.
                mininterval=float("inf"),
                miniters=float("inf"),
            )

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        of = f"/{trainer.max_epochs}" if (trainer.max_epochs or 0) > 0 else ""
        self._epoch = f"epoch {trainer.current_epoch + 1}{of}"

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        if self._bar is None or (now := time.monotonic()) < self._due:
            return
        self._due = now + self.interval
        loss = float(outputs["loss"])  # the one place that waits for the device
        text = f"{self._epoch}  loss {loss:.4f}{self._accuracy}"
        self._bar.set_description_str(text, refresh=False)
        self._bar.n = trainer.global_step
        self._bar.refresh()

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if self._bar is not None and not trainer.sanity_checking:
            accuracy = trainer.callback_metrics.get("validation/accuracy")
            if accuracy is not None:
                self._accuracy = f"  validation {100 * float(accuracy):.1f} %"

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._close()

    def on_exception(
        self, trainer: Trainer, pl_module: LightningModule, exception: BaseException
    ) -> None:
        self._close()

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None
