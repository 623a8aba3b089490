"""The base of samplers: batches of each epoch, shared by all ranks."""

import inspect
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import KW_ONLY, dataclass, field
from functools import partial
from itertools import islice
from typing import Any, ClassVar

import numpy as np

from lightning_contrast.config.part import Part, Run, name_of
from lightning_contrast.config.ranges import Count, CountFromZero, Seed
from lightning_contrast.errors import InputError
from lightning_contrast.types import Draw

_draw = partial(tuple.__new__, Draw)
"""``Draw._make``, but faster: it runs no line of Python for a batch."""


@dataclass(eq=False, repr=False)
class Sampler(Part, ABC, group="sampler"):
    """Yields this rank's part of every batch of an epoch as a ``Draw``.

    A sampler is a dataclass. Its fields are its arguments, after those that all samplers share. In
    ``__post_init__`` it sets ``sizes (B,)``, the rows of each joined batch (largest first, the same
    in every epoch). Its ``order`` gives the rows of an epoch. This class cuts them into batches,
    and each batch into one part for each rank: R ranks together have the batch of one rank with R
    times the ``batch_size``. A last batch with fewer rows than ranks is left out.

    Rows are positions in the training split, ``0 .. len(labels) - 1``: no sampler, positive or
    negative can reach a row of another split. ``epoch`` and ``seed`` determine the batches of an
    epoch.

    Args:
        labels: labels of the training split, ``(N,)``; -1 for an unlabelled row.
        batch_size: rows of a batch on one rank.
        seed: seed of the batches.
        rank, world_size: number of this process, and number of all processes.
        classes: names of the classes by number, for messages; None: they are unknown.
    """

    labels: np.ndarray
    batch_size: Count
    _: KW_ONLY
    seed: Seed = 0
    rank: CountFromZero = 0
    world_size: Count = 1
    classes: Sequence[str] | None = None
    sizes: np.ndarray = field(init=False)
    repeats_rows = False
    """An epoch may hold a row more than once."""
    few_classes: ClassVar[bool] = False
    """A batch may hold a single class, unless ``samples_per_class`` is set."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.rank >= self.world_size:
            raise InputError(
                f"rank must be in 0 .. world_size - 1 = {self.world_size - 1}, got {self.rank}"
            )
        self.epoch = self.batch = self.start = 0

    @property
    def joined(self) -> int:
        """Rows of a full batch of all ranks."""
        return self.batch_size * self.world_size

    @classmethod
    def check(cls, run: Run) -> None:
        each = run.arguments["sampler"].get("samples_per_class")
        if cls.few_classes and each is None and run.pairing.needs_labels:
            warnings.warn(
                f"a batch of sampler {cls.__name__} is a neighbourhood, mostly of one class, where "
                f"pairing {name_of(run.pairing)} finds few negatives: set "
                "sampler.samples_per_class=4, or pairing=instance positives=view",
                stacklevel=2,
            )

    @abstractmethod
    def order(self, random: np.random.Generator) -> np.ndarray:
        """One epoch's rows (int64), batch after batch, ``(sum(sizes),)`` or longer."""

    @property
    def sampler(self) -> "Sampler":
        """Itself: Lightning calls ``set_epoch`` on ``batch_sampler.sampler`` only."""
        return self

    def __len__(self) -> int:
        return int(np.count_nonzero(self.sizes >= self.world_size))

    def __iter__(self) -> Iterator[Draw]:
        random = np.random.default_rng((self.seed, self.epoch))
        rows = self.order(random)
        seeds = random.integers(2**63, size=(len(self), self.world_size))[:, self.rank].tolist()
        start, self.start = self.start, 0
        draws = map(_draw, zip(self._parts(rows), seeds, strict=True))
        for self.batch, draw in enumerate(islice(draws, start, None), start + 1):
            yield draw

    def _parts(self, rows: np.ndarray) -> Iterator[np.ndarray]:
        """This rank's rows of each batch.

        Batches of equal size are cut as rows of one table: that is faster than slices.
        """
        sizes = self.sizes[: len(self)]
        edge = np.flatnonzero(np.diff(sizes, prepend=0, append=0))
        done = 0
        for size, batches in zip(sizes[edge[:-1]].tolist(), np.diff(edge).tolist(), strict=True):
            table = rows[done : done + size * batches].reshape(batches, size)
            done += size * batches
            first, last = (size * r // self.world_size for r in (self.rank, self.rank + 1))
            yield from table[:, first:last]

    def cut(self, rows: int, drop_last: bool) -> np.ndarray:
        """Sizes of the joined batches of an epoch of ``rows`` rows, the short one last.

        ``drop_last`` leaves the short one out, unless it is the only one. Raises ``InputError`` if
        there are fewer rows than ranks.
        """
        if rows < self.world_size:
            raise InputError(
                f"an epoch has {rows} rows, fewer than the {self.world_size} ranks: use fewer "
                "devices or more data"
            )
        full, rest = divmod(rows, self.joined)
        short = [rest] if rest and (not drop_last or not full) else []
        return np.array([self.joined] * full + short, dtype=np.int64)

    def set_epoch(self, epoch: int) -> None:
        """Sets the epoch of later iterations. They start at its beginning, or where it resumes."""
        if epoch != self.epoch:
            self.epoch, self.batch, self.start = epoch, 0, 0

    def state_dict(self) -> dict[str, Any]:
        """The epoch, the batches drawn of it, and how many it has; equal on all ranks."""
        return {"epoch": self.epoch, "batch": self.batch, "batches": len(self)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """The next iteration continues after the last batch of ``state``.

        Raises ``InputError`` if an epoch of this sampler has another number of batches.
        """
        if state["batches"] != len(self):
            raise InputError(
                f"the checkpoint stopped in an epoch of {state['batches']} batches, but this "
                f"sampler has {len(self)}: resume with the data, the sampler and the "
                "batch_size x ranks of the first run"
            )
        self.epoch, self.batch, self.start = state["epoch"], state["batch"], state["batch"]


def check_shared(sampler: Callable[..., Any], ranks: int) -> None:
    """Raises ``InputError`` for a sampler that would give every rank the same rows.

    >>> check_shared(lambda labels, batch_size: None, 2)
    Traceback (most recent call last):
    lightning_contrast.errors.InputError: sampler <lambda> can't be shared out among 2 ranks: ...
    """
    if ranks == 1:
        return
    names = inspect.signature(sampler).parameters
    if missing := [name for name in ("rank", "world_size") if name not in names]:
        raise InputError(
            f"sampler {name_of(getattr(sampler, 'func', sampler))} can't be shared out among "
            f"{ranks} ranks: its constructor takes no {' and no '.join(missing)}, so every rank "
            "would have the same rows; give it both (see samplers/sampler.py), or set "
            "trainer.devices=1"
        )
