"""Where in an epoch a checkpoint can be taken, and what makes Lightning go on from it rightly.

Lightning resumes behind a batch, behind a validation and behind an epoch as if nothing had been.
Behind the last batch before a validation it would leave that validation out, and in the midst of
one it would do the rest of it alone.
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
    """Changes a checkpoint, taken behind a batch or in the validation that follows on it: it
    resumes with the whole of that validation."""
    loops = checkpoint["loops"]["fit_loop"]
    batches = loops["epoch_loop.batch_progress"]
    for counted in (batches["total"], batches["current"]):
        counted["completed"] = counted["processed"]
    # A first validation batch that was begun and not finished: Lightning's mark of "in the midst".
    begun = {"ready": 1, "started": 1, "processed": 0, "completed": 0}
    validation = loops["epoch_loop.val_loop.batch_progress"]
    validation |= {"total": dict(begun), "current": dict(begun), "is_last_batch": False}
