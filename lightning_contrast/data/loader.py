"""Batches of a dataset, in the order of a sampler or one after another."""

import os
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader

from lightning_contrast.batch import Batch
from lightning_contrast.data.dataset import ContrastiveDataset
from lightning_contrast.runtime import signals
from lightning_contrast.samplers.sampler import Sampler
from lightning_contrast.types import Draw


class Loader:
    """Every row once, in order, ``batch_size`` at a time.

    Each of several ranks has its share of the rows, in the same number of batches. If there are
    fewer rows than batches of all ranks, each rank has all rows. The class is not a ``DataLoader``:
    Lightning would rebuild one with another sampler (for several ranks, and for prediction).
    Lightning needs nothing more of another iterable.
    """

    def __init__(
        self,
        dataset: ContrastiveDataset,
        batch_size: int,
        num_workers: int = 0,
        pin_memory: bool = False,
        rank: int = 0,
        world_size: int = 1,
    ) -> None:
        draws = [Draw(part, 0) for part in shares(len(dataset), batch_size, rank, world_size)]
        self.dataset = dataset
        self._length = len(draws)
        self._batches = _batches(dataset, draws, num_workers, pin_memory)

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[Batch]:
        return iter(self._batches)


def shares(rows: int, batch_size: int, rank: int, world_size: int) -> list[np.ndarray]:
    """The rows of each batch of one rank.

    >>> [part.tolist() for part in shares(5, batch_size=2, rank=0, world_size=1)]
    [[0, 1], [2, 3], [4]]
    >>> [[part.tolist() for part in shares(7, 2, rank, 2)] for rank in (0, 1)]
    [[[0, 1], [4, 5]], [[2, 3], [6]]]
    """
    batches = -(-rows // (batch_size * world_size))
    if world_size > 1 and batches * world_size <= rows:
        return np.array_split(np.arange(rows), batches * world_size)[rank::world_size]
    return [np.arange(s, min(s + batch_size, rows)) for s in range(0, rows, batch_size)]


class TrainingLoader:
    """The batches of a sampler, and how many were trained on, so that it can resume in mid-epoch.

    Workers draw ahead, so the sampler's position is ahead of the trainer's. ``trained`` gives the
    number of batches of this epoch that the trainer has finished (default: those yielded).
    Lightning saves ``state_dict`` in every checkpoint, restores it before the first batch, and sets
    the epoch of ``sampler``.
    """

    def __init__(
        self,
        dataset: ContrastiveDataset,
        sampler: Sampler,
        num_workers: int = 0,
        pin_memory: bool = False,
        trained: Callable[[], int] | None = None,
    ) -> None:
        self.dataset = dataset
        self.sampler = sampler
        self._handed_out = 0
        self._trained = trained
        self._batches = _batches(dataset, sampler, num_workers, pin_memory)

    def __len__(self) -> int:
        return len(self.sampler)

    def __iter__(self) -> Iterator[Batch]:
        # A generator draws nothing before the first `next`. That matters, as Lightning calls `iter`
        # before it sets the sampler's epoch.
        self._handed_out = self.sampler.start
        for batch in self._batches:
            self._handed_out += 1
            yield batch

    def state_dict(self) -> dict[str, Any]:
        state = self.sampler.state_dict()
        trained = self._handed_out if self._trained is None else self._trained()
        # At the start of an epoch the trainer's count is still that of the last epoch.
        return {**state, "batch": min(trained, state["batch"])}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.sampler.load_state_dict(state)


def batches_trained(trainer: Any) -> int:
    """Number of batches of the current epoch that a Lightning trainer has finished."""
    return trainer.fit_loop.epoch_loop.batch_progress.current.processed


def _batches(
    dataset: ContrastiveDataset, draws: Sampler | list[Draw], workers: int, pin_memory: bool
) -> Iterable[Batch]:
    if not workers:
        return _Here(dataset, draws)
    # Without this, workers that are forked after the tokenizer ran in threads print a warning.
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")
    return DataLoader(
        dataset,
        batch_sampler=draws,  # type: ignore[arg-type]  # a draw stands for a list of indices
        collate_fn=_as_it_is,  # type: ignore[arg-type]  # the dataset gives a whole batch
        num_workers=workers,
        persistent_workers=workers > 0,
        worker_init_fn=_alone,
        pin_memory=pin_memory,
        generator=torch.Generator(),  # otherwise each epoch draws a seed from torch's generator
    )


class _Here:
    """The same as a ``DataLoader`` without workers, but without its 50 microseconds a batch."""

    def __init__(self, dataset: ContrastiveDataset, draws: Sampler | list[Draw]) -> None:
        self.dataset, self.draws = dataset, draws

    def __iter__(self) -> Iterator[Batch]:
        return map(self.dataset.__getitems__, self.draws)


def _alone(worker: int) -> None:
    signals.leave_to_parent()
    os.environ["TOKENIZERS_PARALLELISM"] = "false"  # its threads did not survive the fork


def _as_it_is(batch: Batch) -> Batch:
    return batch
