"""Where in an epoch a checkpoint can be taken, and what Lightning needs to resume from it exactly.

Lightning itself resumes correctly from a checkpoint taken after a batch, a validation or an epoch.
If the checkpoint was taken between a batch and the validation after it, Lightning skips that
validation. If it was taken within a validation, Lightning runs only the rest of it.
"""

from typing import Any


def between_steps(trainer: Any) -> bool:
    """Whether no gradient is partly accumulated: a checkpoint can't hold one."""
    return not trainer.fit_loop.epoch_loop._should_accumulate()


def between_batches(trainer: Any) -> bool:
    """Whether the last batch is done, no other has begun, and no gradient is accumulated."""
    progress = trainer.fit_loop.epoch_loop.batch_progress.current
    return progress.ready == progress.completed and between_steps(trainer)


def ends_epoch(trainer: Any) -> bool:
    """Whether this batch is the epoch's last."""
    return trainer.fit_loop.epoch_loop._is_training_done


def validates_next(trainer: Any) -> bool:
    """Whether the batch is done, and a validation follows."""
    loop = trainer.fit_loop.epoch_loop
    done = loop.batch_progress.current.processed == loop.batch_progress.current.ready
    return done and loop._should_check_val_fx(trainer.fit_loop._data_fetcher)


def before_validation(checkpoint: dict[str, Any]) -> None:
    """Changes a checkpoint that was taken before the end of a validation, so that a run that is
    resumed from it begins with the whole validation."""
    loops = checkpoint["loops"]["fit_loop"]
    batches = loops["epoch_loop.batch_progress"]
    for counted in (batches["total"], batches["current"]):
        counted["completed"] = counted["processed"]
    # A first batch that is begun and not finished makes Lightning resume a validation.
    begun = {"ready": 1, "started": 1, "processed": 0, "completed": 0}
    validation = loops["epoch_loop.val_loop.batch_progress"]
    validation |= {"total": dict(begun), "current": dict(begun), "is_last_batch": False}
