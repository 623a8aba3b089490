"""Where in an epoch a checkpoint can be taken, and what makes Lightning go on from it rightly.

Lightning itself goes on rightly from a checkpoint taken after a batch, a validation or an epoch.
From one taken between a batch and the validation that follows, it would leave that validation out,
and from one taken in the midst of a validation it would run only the rest of it.
"""

from typing import Any


def between_steps(trainer: Any) -> bool:
    """Whether no gradient is half accumulated: a checkpoint holds none."""
    return not trainer.fit_loop.epoch_loop._should_accumulate()


def between_batches(trainer: Any) -> bool:
    """Whether the last batch is done with, no other has begun, and no gradient is accumulated."""
    progress = trainer.fit_loop.epoch_loop.batch_progress.current
    return progress.ready == progress.completed and between_steps(trainer)


def ends_epoch(trainer: Any) -> bool:
    """Whether this batch is the epoch's last."""
    return trainer.fit_loop.epoch_loop._is_training_done


def validates_next(trainer: Any) -> bool:
    """Whether the batch is done, and a validation follows on it."""
    loop = trainer.fit_loop.epoch_loop
    done = loop.batch_progress.current.processed == loop.batch_progress.current.ready
    return done and loop._should_check_val_fx(trainer.fit_loop._data_fetcher)


def before_validation(checkpoint: dict[str, Any]) -> None:
    """Changes a checkpoint that was taken before the end of a validation: a run that goes on from
    it begins with the whole of that validation."""
    loops = checkpoint["loops"]["fit_loop"]
    batches = loops["epoch_loop.batch_progress"]
    for counted in (batches["total"], batches["current"]):
        counted["completed"] = counted["processed"]
    # Lightning takes a first batch that was begun and not finished for a validation to be resumed.
    begun = {"ready": 1, "started": 1, "processed": 0, "completed": 0}
    validation = loops["epoch_loop.val_loop.batch_progress"]
    validation |= {"total": dict(begun), "current": dict(begun), "is_last_batch": False}
