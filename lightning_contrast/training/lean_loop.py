"""Lightning's training epoch, with its hooks looked up once an epoch and not once a step."""

from typing import Any

from pytorch_lightning import Callback, LightningModule, Trainer
from pytorch_lightning.loops.training_epoch_loop import _TrainingEpochLoop
from pytorch_lightning.plugins.precision import MixedPrecision, Precision
from pytorch_lightning.strategies import SingleDeviceStrategy
from torch import Tensor

from lightning_contrast.modules.classifier import ContrastiveClassifier
from lightning_contrast.training.no_profiler import NoProfiler

TOLD = (
    *("on_train_batch_start", "on_before_zero_grad", "on_before_backward", "on_after_backward"),
    *("on_before_optimizer_step", "on_train_batch_end"),
)
"""What callbacks may hear of in a step."""
OWN = (*TOLD, "backward", "optimizer_zero_grad", "optimizer_step", "configure_gradient_clipping")
"""What a module may do in its own way."""
MOVES = ("on_before_batch_transfer", "transfer_batch_to_device", "on_after_batch_transfer")


class LeanEpochLoop(_TrainingEpochLoop):
    """The training epoch of one process, without the calls that nobody listens to.

    Lightning's own step makes some sixty calls through its dispatcher, most of them to empty hooks:
    half a millisecond. This one does the same things in the same order, with the same counters,
    results and checkpoints, and the same weights bit for bit; callbacks hear of everything they
    have a method for. It steps aside for Lightning's own code wherever a run is not the plain case
    (`is_plain`), while batches are accumulated, and for the first step after a restart. It relies
    on private names of pytorch-lightning, which is why that is held below its next minor release.
    """

    _plain = False

    def on_run_start(self, data_fetcher: Any) -> None:
        super().on_run_start(data_fetcher)
        trainer = self.trainer
        self._plain = is_plain(trainer)
        self._listeners = {hook: listeners(trainer, hook) for hook in TOLD}
        selector: Any = trainer._data_connector._datahook_selector
        self._moves = [getattr(selector.get_instance(name), name) for name in MOVES]

    def advance(self, data_fetcher: Any) -> None:
        if self.restarting or not self._plain:
            return super().advance(data_fetcher)
        self.val_loop.restarting = False
        trainer, progress = self.trainer, self.batch_progress
        books = trainer._logger_connector
        batch, _, _ = next(data_fetcher)
        index = self.batch_idx + 1
        progress.is_last_batch = data_fetcher.done
        before, move, after = self._moves
        batch = after(move(before(batch, 0), trainer.strategy.root_device, 0), 0)
        progress.increment_ready()
        books.on_batch_start(batch)
        self._tell("on_train_batch_start", batch, index)
        progress.increment_started()
        output = self._step(batch, index)
        progress.increment_processed()
        self.update_lr_schedulers("step", update_plateau_schedulers=False)
        if self._num_ready_batches_reached():
            self.update_lr_schedulers("epoch", update_plateau_schedulers=False)
        self._tell("on_train_batch_end", output, batch, index)
        books.on_batch_end()
        progress.increment_completed()
        books.update_train_step_metrics()

    def _step(self, batch: Any, index: int) -> dict[str, Any]:
        """Loss, gradient, clipping and the optimiser's step."""
        trainer, module = self.trainer, self.trainer.lightning_module
        strategy, optimizer = trainer.strategy, trainer.optimizers[0]
        if self._should_accumulate() or trainer.accumulate_grad_batches > 1:
            named = {"batch": batch, "batch_index": index}
            return self.automatic_optimization.run(optimizer, index, named)  # type: ignore[arg-type]
        steps = self.automatic_optimization.optim_progress.optimizer
        output: dict[str, Any] = {}
        state = vars(module)  # a module's own way to set an attribute takes microseconds

        def closure() -> Tensor:  # an optimiser may want the loss more than once in a step
            state["_current_fx_name"] = "training_step"  # under this name it may log
            loss: Any = strategy.training_step(batch, index)
            state["_current_fx_name"] = None
            output["loss"] = loss.detach()
            steps.zero_grad.increment_ready()
            self._tell("on_before_zero_grad", optimizer)
            steps.zero_grad.increment_started()
            optimizer.zero_grad()
            steps.zero_grad.increment_completed()
            self._tell("on_before_backward", loss)
            loss.backward()
            self._tell("on_after_backward")
            self._tell("on_before_optimizer_step", optimizer)
            if trainer.gradient_clip_val is not None:
                module.clip_gradients(
                    optimizer, trainer.gradient_clip_val, trainer.gradient_clip_algorithm
                )
            return output["loss"]

        steps.step.increment_ready()
        optimizer.step(closure)  # type: ignore[arg-type]  # a tensor is what Lightning hands over
        steps.step.increment_completed()
        return output

    def _tell(self, hook: str, *args: Any) -> None:
        heard = self._listeners[hook]
        if heard:
            module = self.trainer.lightning_module
            vars(module)["_current_fx_name"] = hook
            for listener in heard:
                listener(self.trainer, module, *args)
            vars(module)["_current_fx_name"] = None


def listeners(trainer: Any, hook: str) -> list[Any]:
    """The callbacks' methods for a hook: of those that have one of their own."""
    idle = getattr(Callback, hook)
    return [getattr(c, hook) for c in trainer.callbacks if getattr(type(c), hook, None) is not idle]


def is_plain(trainer: Any) -> bool:
    """Whether a run is one process on one device, in full precision or bfloat16, unprofiled, of a
    classifier whose own step and hooks are those of this package."""
    module, precision = trainer.lightning_module, trainer.precision_plugin
    kind: Any = type(module)
    return (
        type(trainer.strategy) is SingleDeviceStrategy
        and type(precision) in (Precision, MixedPrecision)
        and getattr(precision, "scaler", None) is None
        and type(trainer.profiler) is NoProfiler
        and kind.training_step is ContrastiveClassifier.training_step
        and all(getattr(kind, hook) is getattr(LightningModule, hook) for hook in OWN)
        and not trainer.fit_loop._skip_backward
    )


def make_lean(trainer: Trainer) -> Trainer:
    """The trainer, with a `LeanEpochLoop` of the same settings."""
    own = trainer.fit_loop.epoch_loop
    trainer.fit_loop.epoch_loop = LeanEpochLoop(trainer, own.min_steps, own.max_steps)
    return trainer
